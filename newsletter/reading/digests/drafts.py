"""Entries and sections while they are read: each may still grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.domain.issues.digests import Block, BlockKind, DigestEntry, DigestSection
from newsletter.reading.digests.headings import Heading
from newsletter.reading.digests.sources import domain_of_url


@dataclass(slots=True)
class EntryDraft:
    """`level` is that of its heading, 0 for a paragraph, None for an item of a list: what follows
    the list does not belong to it.
    """

    title: str
    line: int
    url: str = ""
    level: int | None = None
    sources: tuple[str, ...] = ()
    pieces: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def add(self, text: str, blocks: Sequence[Block]) -> None:
        if text.strip():
            self.pieces.append(text)
            self.blocks.extend(blocks)

    def frozen(self) -> DigestEntry:
        domain = domain_of_url(self.url)
        return DigestEntry(
            title=self.title,
            url=self.url,
            sources=self.sources or ((domain,) if domain else ()),
            blocks=tuple(self.blocks),
            line=self.line,
            markdown="\n\n".join(self.pieces),
        )


@dataclass(slots=True)
class SectionDraft:
    """`level` is that of its heading; 7 and more where a line or an item of a list names it."""

    title: str
    level: int = 0
    line: int = 0
    intro: list[str] = field(default_factory=list)
    entries: list[EntryDraft] = field(default_factory=list)

    def frozen(self) -> DigestSection:
        entries = tuple(entry.frozen() for entry in self.entries)
        return DigestSection(self.title, entries, "\n\n".join(self.intro))


def texts_as_entries(sections: Sequence[SectionDraft]) -> SectionDraft:
    """Of a digest without a single link: what stands below each title is what it is about."""
    made = SectionDraft("")
    for section in sections:
        if not section.title:
            made.intro += section.intro
            continue
        entry = EntryDraft(section.title, section.line, level=section.level)
        for text in section.intro:
            entry.add(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])
        made.entries.append(entry)
    return made


def names_entry(heading: Heading) -> bool:
    return bool(heading.url and heading.title)


def entry_of(heading: Heading) -> EntryDraft:
    """What a title can't hold, a second link, a picture, a tooltip, begins the entry's body."""
    entry = EntryDraft(heading.title, heading.line, heading.url, heading.level)
    is_said = heading.link_title.casefold() == heading.title.casefold()
    for text in (*heading.also, "" if is_said else heading.link_title):
        entry.add(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])
    return entry

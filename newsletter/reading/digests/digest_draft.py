"""A digest while it is read: its title, its sections, and the entry that is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.issues.digests import Block, Unplaced
from newsletter.domain.newsletters.sponsors import SECTION_TITLE
from newsletter.reading.digests.drafts import EntryDraft, SectionDraft
from newsletter.reading.digests.markdown_tree import MarkdownTree


class DigestDraft:
    """What follows belongs to `open`, the entry that was begun last, until it is closed."""

    def __init__(self, tree: MarkdownTree) -> None:
        self._tree = tree
        self.title = ""
        self.intro: list[str] = []
        self.sections = [SectionDraft("")]
        self.open: EntryDraft | None = None
        self.dropped: list[Unplaced] = []
        self._pictures: list[SyntaxTreeNode] = []  # above the entry that they belong to

    def is_first(self) -> bool:
        """Nothing but an introduction was read."""
        return len(self.sections) == 1 and not self.sections[-1].entries and not self.title

    def is_opening(self) -> bool:
        """Before the first section and the first entry."""
        return len(self.sections) == 1 and not self.sections[0].entries

    def is_in_heading_entry(self) -> bool:
        return self.open is not None and bool(self.open.level)

    def begin_section(self, title: str, level: int, line: int) -> None:
        self.open = None
        self.sections.append(SectionDraft(title, level, line))

    def begin_entry(self, entry: EntryDraft) -> None:
        if self._is_behind_sponsor(entry):
            self.sections.append(SectionDraft(""))
        self.sections[-1].entries.append(entry)
        self.open = entry
        while self._pictures:
            self.add_prose(self._pictures.pop(0))

    def _is_behind_sponsor(self, entry: EntryDraft) -> bool:
        """A section that a line names holds one; that of a heading what is below that."""
        section = self.sections[-1]
        is_below = entry.level is None or entry.level == 0 or entry.level > section.level
        is_sponsor = section.title == SECTION_TITLE and bool(section.entries)
        return is_sponsor and (section.level > 6 or not is_below)

    def keep_picture(self, node: SyntaxTreeNode) -> None:
        """For the entry below it."""
        self._pictures.append(node)

    def add_prose(self, node: SyntaxTreeNode) -> None:
        self.add_text(self._tree.text(node), self._tree.blocks(node))

    def add_text(self, text: str, blocks: Sequence[Block]) -> None:
        """To the open entry; else to the section, or to one without a title that follows it."""
        if self.open is not None:
            self.open.add(text, blocks)
            return
        section = self.sections[-1]
        if self.is_opening():
            self.intro.append(text)
            return
        if section.entries:
            section = SectionDraft("", section.level)
            self.sections.append(section)
        section.intro.append(text)

    def texts(self) -> Iterator[list[str]]:
        """All that may ask for a link definition, and takes it along."""
        yield self.intro
        for section in self.sections:
            yield section.intro
            for entry in section.entries:
                yield entry.pieces

"""The Markdown form: front matter, an intro, `##` sections, `### [Title](url)` entries, bodies.

Digests that have no `###` are read one level up: `##` headings are entries then, or `#` ones that
are links, or, where a section is a list of links, its items are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.digests import (
    Block,
    BlockKind,
    Digest,
    DigestEntry,
    DigestSection,
    Unplaced,
)
from newsletter.reading.digests.front_matter import read_front_matter
from newsletter.reading.digests.headings import (
    Heading,
    read_heading,
    read_item_link,
    read_only_image,
)
from newsletter.reading.digests.references import (
    label_of,
    labels_in,
    uncovered_lines,
    wanted_definitions,
)
from newsletter.reading.digests.sources import domain_of_url, read_source_line

# Blocks alone: what is within a line is read where a title is looked for, which is much less.
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["html_block", "inline"])
_ITEM_MARK = re.compile(r"^(\s*(?:[-*+]|\d{1,9}[.)])\s{1,4})")
_LEAD_IN = re.compile(r"^[\s:–—|-]+")
_MAX_REPEATED = 4


@dataclass(slots=True)
class _Entry:
    """`first` and `end` are the lines of its body; None where it has no lines of its own."""

    heading: Heading
    url: str = ""
    sources: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    first: int | None = None
    end: int = 0
    definitions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    title: str
    entries: list[_Entry] = field(default_factory=list)


def parse_markdown(text: str) -> Digest:
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._front = read_front_matter(self._lines)
        self._unplaced = list(self._front.unplaced)
        # Front matter is blanked rather than cut, so that line numbers stay the editor's.
        body = [""] * self._front.end + self._lines[self._front.end :]
        self._references: dict[str, Any] = {}
        self._nodes = SyntaxTreeNode(_PARSER.parse("\n".join(body), self._references)).children
        self._headings = {
            id(node): read_heading(node, self._references)
            for node in self._nodes
            if node.type == "heading"
        }
        self._entry_level = self._find_entry_level()
        self._title = ""
        self._intro: list[str] = []
        self._sections: list[_Section] = [_Section("")]
        self._is_lost = False

    def read(self) -> Digest:
        for node in self._nodes:
            self._place(node)
        removed = self._place_definitions()
        sections = tuple(
            DigestSection(
                section.title, tuple(self._frozen(entry, removed) for entry in section.entries)
            )
            for section in self._sections
            if section.entries or section.title
        )
        return Digest(
            title=self._front.values.get("title") or self._title,
            sections=sections,
            unplaced=tuple(sorted(self._unplaced, key=lambda piece: piece.line)),
            intro="\n\n".join(self._intro),
            front_matter=self._front.values,
            is_markdown=True,
        )

    def _find_entry_level(self) -> int:
        """3, or 2 or 1 without any `###`. 0 for lists of links."""
        levels = {heading.level for heading in self._headings.values()}
        linked = [heading.level for heading in self._headings.values() if heading.url]
        if 3 in levels:
            return 3
        if 2 in linked or linked.count(1) > 1:
            return 2 if 2 in levels else 1
        lists = [node for node in self._nodes if node.type == "bullet_list"]
        if any(self._item_link(item) for node in lists for item in node.children):
            return 0
        return next((level for level in (2, 1) if level in levels and (level == 2 or linked)), 3)

    def _place(self, node: SyntaxTreeNode) -> None:
        heading = self._headings.get(id(node))
        entries = self._sections[-1].entries
        if heading and self._begins_something(heading):
            self._begin(heading, node)
        elif self._is_lost:
            self._leave_unplaced(node)
        elif self._entry_level == 0 and node.type == "bullet_list":
            self._place_link_items(node)
        elif entries:
            self._add_to_entry(entries[-1], node)
        elif len(self._sections) == 1:
            self._intro.append(self._source(node))
        else:
            self._leave_unplaced(node)

    def _begins_something(self, heading: Heading) -> bool:
        return heading.level <= max(self._entry_level, 2 if self._entry_level == 0 else 1)

    def _begin(self, heading: Heading, node: SyntaxTreeNode) -> None:
        """Starts an entry, a section or the digest. An entry needs a title."""
        is_opening = len(self._sections) == 1 and not self._sections[0].entries
        is_entry = heading.level == self._entry_level
        names_digest = heading.level == 1 and is_opening and not self._title
        self._is_lost = is_entry and not heading.title
        if self._is_lost:
            self._leave_unplaced(node)
        elif is_entry and not (names_digest and not heading.url):
            self._begin_entry(heading)
        elif names_digest:
            self._begin_digest(heading)
        else:
            self._sections.append(_Section(heading.title))
            self._keep_link(heading)

    def _begin_digest(self, heading: Heading) -> None:
        """If there are two titles, the one in the front matter counts. The other is kept."""
        self._title = heading.title
        if self._front.values.get("title", heading.title) != heading.title:
            self._keep(heading.title, heading.line)
        self._keep_link(heading)

    def _begin_entry(self, heading: Heading) -> None:
        """What a title can't hold, a second link or a picture, begins the entry's body."""
        entry = _Entry(heading, heading.url)
        entry.blocks = [Block(BlockKind.PARAGRAPH, text, is_markdown=True) for text in heading.also]
        self._keep(heading.link_title, heading.line)
        self._sections[-1].entries.append(entry)

    def _keep_link(self, heading: Heading) -> None:
        """Neither a digest nor a section has a link of its own."""
        if heading.url:
            self._keep(f"[{heading.title}](<{heading.url}>)", heading.line)
        for text in (heading.link_title, *heading.also):
            self._keep(text, heading.line)

    def _keep(self, text: str, line: int) -> None:
        if text.strip():
            self._unplaced.append(Unplaced(line, text.strip()))

    def _add_to_entry(self, entry: _Entry, node: SyntaxTreeNode) -> None:
        start, end = node.map or (0, 0)
        if node.type == "paragraph" and entry.first is None and not entry.sources:
            start = self._take_sources(entry, start, end)
        if entry.first is None:
            entry.first = start
        entry.end = end
        if start < end:
            entry.blocks.extend(self._blocks(node, start))

    def _take_sources(self, entry: _Entry, start: int, end: int) -> int:
        """The first line, or lines, that say where it comes from; where the text begins then."""
        source = read_source_line(self._lines[start])
        has_other_url = source and source.url and entry.url not in ("", source.url)
        if source is None or has_other_url:
            return start
        entry.sources = source.sources
        entry.url = entry.url or source.url
        return min(end, start + 1)

    def _place_link_items(self, node: SyntaxTreeNode) -> None:
        """`- [Title](url) — comment`: each item of the list is an entry."""
        for item in node.children:
            link = self._item_link(item)
            if link is None:
                self._leave_unplaced(item)
                continue
            entry = _Entry(link, link.url)
            paragraph, *others = item.children
            entry.blocks.extend(self._comment(paragraph))
            for other in others:
                entry.blocks.extend(self._blocks(other))
            self._sections[-1].entries.append(entry)

    def _item_link(self, item: SyntaxTreeNode) -> Heading | None:
        return read_item_link(item, self._references)

    def _comment(self, paragraph: SyntaxTreeNode) -> list[Block]:
        """What is said behind the link. Its own marks are cut off where they are the plain ones."""
        text = _without_mark(self._source(paragraph))
        link = re.match(r"(?:\*\*|__)?\[[^\[\]]*\]\([^()\s]*\)(?:\*\*|__)?", text)
        comment = _LEAD_IN.sub("", text[link.end() :] if link else text).strip()
        return [Block(BlockKind.PARAGRAPH, comment, is_markdown=True)] if comment else []

    def _blocks(self, node: SyntaxTreeNode, start: int | None = None) -> list[Block]:
        """One; a picture with a title has that as its caption."""
        if node.type in ("bullet_list", "ordered_list"):
            kind = BlockKind.BULLETS if node.type == "bullet_list" else BlockKind.NUMBERED
            items = tuple(_without_mark(self._source(item)) for item in node.children)
            number = int(node.attrs.get("start", 1))
            return [Block(kind, items=items, is_markdown=True, start=number)]
        if node.type in ("fence", "code_block"):
            language = node.info.strip() if node.type == "fence" else ""
            return [Block(BlockKind.CODE, node.content.removesuffix("\n"), language=language)]
        source = self._source(node, start)
        if node.type == "blockquote":
            lines = [re.sub(r"^ {0,3}> ?", "", line) for line in source.split("\n")]
            return [Block(BlockKind.QUOTE, "\n".join(lines), is_markdown=True)]
        image = read_only_image(source, self._references) if node.type == "paragraph" else None
        if image is None:
            return [Block(BlockKind.PARAGRAPH, source, is_markdown=True)]
        caption = [Block(BlockKind.CAPTION, image.title)] if image.title else []
        return [Block(BlockKind.IMAGE, image.alt, url=image.url), *caption]

    def _source(self, node: SyntaxTreeNode, start: int | None = None) -> str:
        first, end = node.map or (0, 0)
        lines = self._lines[first if start is None else start : end]
        return "\n".join(lines).strip("\n").rstrip()

    def _leave_unplaced(self, node: SyntaxTreeNode) -> None:
        start, end = node.map or (0, 0)
        for at in range(start, end):
            self._keep(self._lines[at], at + 1)

    def _place_definitions(self) -> set[int]:
        """Each link definition goes along with the entries whose text asks for it.

        Returns the lines that do not belong to the body around them.
        """
        entries = [entry for section in self._sections for entry in section.entries]
        covered = [node.map for node in self._nodes if node.map]
        uncovered = uncovered_lines(self._lines, self._front.end, covered)
        labels = {number: labels_in(_texts(entry)) for number, entry in enumerate(entries)}
        definitions = {at: self._lines[at].strip() for at in uncovered}
        wanted = wanted_definitions(definitions, labels, _MAX_REPEATED * len("".join(self._lines)))
        in_titles = labels_in(self._lines[entry.line - 1] for entry in self._headings.values())
        in_intro = labels_in(self._intro)
        removed, seen = set[int](), set[str]()
        for at, line in definitions.items():
            users = [entries[number] for number in wanted[at]]
            for entry in users:
                entry.blocks.append(Block(BlockKind.PARAGRAPH, line, is_markdown=True))
                if not (entry.first is not None and entry.first <= at < entry.end):
                    entry.definitions.append(line)
            if not any(e.first is not None and e.first <= at < e.end for e in users):
                removed.add(at)
            label = label_of(line)
            if label in in_intro and label not in seen:
                self._intro.append(line)
            elif not users and (label in seen or label not in in_titles):
                self._keep(line, at + 1)
            seen.add(label)
        return removed

    def _frozen(self, entry: _Entry, removed: set[int]) -> DigestEntry:
        domain = domain_of_url(entry.url)
        return DigestEntry(
            title=entry.heading.title,
            url=entry.url,
            sources=entry.sources or ((domain,) if domain else ()),
            blocks=tuple(entry.blocks),
            line=entry.heading.line,
            markdown=self._markdown(entry, removed),
        )

    def _markdown(self, entry: _Entry, removed: set[int]) -> str:
        """The body as it was typed; "" for an item, whose lines are indented."""
        if entry.heading.level == 0:
            return ""
        first = entry.end if entry.first is None else entry.first
        kept = [self._lines[at] for at in range(first, entry.end) if at not in removed]
        body = "\n".join(kept).strip("\n").rstrip()
        pieces = [*entry.heading.also, body, "\n".join(entry.definitions)]
        return "\n\n".join(piece for piece in pieces if piece)


def _texts(entry: _Entry) -> list[str]:
    return [
        text for block in entry.blocks if block.is_markdown for text in (block.text, *block.items)
    ]


def _without_mark(source: str) -> str:
    """The Markdown of a list item without its marker, its other lines moved left as far."""
    first, *rest = source.split("\n")
    matched = _ITEM_MARK.match(first)
    if not matched:
        return source.strip()
    width = len(matched[1])
    moved = [line[min(width, len(line) - len(line.lstrip())) :] for line in rest]
    return "\n".join([first[width:], *moved]).rstrip()

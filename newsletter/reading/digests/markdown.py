"""Markdown to sections and entries. Structure is found where it is: each heading, list and
paragraph is read by what it is, whatever the rest of the digest looks like.

Nothing is left out: what is no entry and belongs to none is the introduction of its section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from newsletter.reading.digests.cleaning import clean
from newsletter.reading.digests.entry_lines import (
    EntryLine,
    entry_line,
    section_line,
    titles_above_addresses,
)
from newsletter.reading.digests.front_matter import (
    ENTRIES_ARE,
    HEADINGS,
    FrontMatter,
    read_front_matter,
)
from newsletter.reading.digests.headings import Heading, read_heading, read_only_image
from newsletter.reading.digests.heads import says_which
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
_MAX_REPEATED = 4
_LISTS = ("bullet_list", "ordered_list")


@dataclass(slots=True)
class _Entry:
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


@dataclass(slots=True)
class _Section:
    """`level` is that of its heading; 7 and more where a line or an item of a list names it."""

    title: str
    level: int = 0
    intro: list[str] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)


def parse_markdown(text: str, base_url: str = "") -> Digest:
    front = read_front_matter(text.split("\n"))
    # The head is blanked rather than cut, so that line numbers stay the editor's.
    body = "\n".join([""] * front.end + text.split("\n")[front.end :])
    is_ours = front.others.get(ENTRIES_ARE) == HEADINGS
    cleaned, dropped = (body, ()) if is_ours else clean(body, base_url)
    reader = _Reader(cleaned.split("\n"), front, is_ours=is_ours)
    return replace(reader.read(), dropped=dropped)


class _Reader:
    def __init__(self, lines: list[str], front: FrontMatter, *, is_ours: bool) -> None:
        self._lines = lines
        self._front = front
        self._references: dict[str, Any] = {}
        root = SyntaxTreeNode(_PARSER.parse("\n".join(self._lines), self._references))
        self._nodes = root.children
        self._linked_levels = {
            heading.level for heading in self._headings() if _names_entry(heading)
        }
        self._is_ours = is_ours
        self._title = ""
        self._intro: list[str] = []
        self._sections = [_Section("")]
        self._open: _Entry | None = None
        self._unplaced: list[Unplaced] = []

    def read(self) -> Digest:
        at = 0
        while at < len(self._nodes):
            at += self._place(at)
        self._place_definitions()
        return Digest(
            title=self._front.values.get("title") or self._title,
            sections=tuple(
                DigestSection(
                    section.title,
                    tuple(_frozen(entry) for entry in section.entries),
                    "\n\n".join(section.intro),
                )
                for section in self._sections
                if section.title or section.intro or section.entries
            ),
            unplaced=tuple(sorted(self._unplaced, key=lambda piece: piece.line)),
            intro="\n\n".join(self._intro),
            front_matter=self._front.values,
            is_markdown=True,
        )

    def _headings(self) -> Iterator[Heading]:
        for node in self._nodes:
            if node.type == "heading":
                yield read_heading(node, self._references)

    def _place(self, at: int) -> int:
        """How many nodes it took."""
        node = self._nodes[at]
        if self._is_ours:
            return self._place_as_written(node, at)
        following = self._nodes[at + 1] if at + 1 < len(self._nodes) else None
        if node.type == "heading":
            return self._place_heading(node, at)
        if node.type == "hr":
            self._open = self._open if self._open and self._open.level else None
        elif node.type in _LISTS:
            self._place_list(node)
        elif node.type == "paragraph":
            return self._place_paragraph(node, following)
        else:
            self._add_prose(node)
        return 1

    def _place_as_written(self, node: SyntaxTreeNode, at: int) -> int:
        """An issue that we wrote: `##` is a section, `###` an entry, and all else is text."""
        heading = read_heading(node, self._references) if node.type == "heading" else None
        if heading and heading.level == 3:
            self._begin_entry(_entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        if heading and heading.level < 3:
            self._begin_section(heading.title, heading.level)
            self._keep_in_intro(heading)
        else:
            self._add_prose(node)
        return 1

    # Headings

    def _place_heading(self, node: SyntaxTreeNode, at: int) -> int:
        heading = read_heading(node, self._references)
        if heading.level == 1 and not _names_entry(heading) and self._is_first():
            self._begin_digest(heading)
            return 1
        if self._is_within_entry(heading, at):
            self._add_prose(node)
            return 1
        if _names_entry(heading) and not self._is_above_deeper_heading(heading, at):
            self._begin_entry(_entry_of(heading))
            return 1 + self._take_source_below(at + 1)
        taken = self._take_link_below(heading, at + 1)
        if taken:
            return 1 + taken
        if self._is_unlinked_entry(heading, at):
            self._begin_entry(_entry_of(heading))
        else:
            self._begin_section(heading.title, heading.level)
            self._keep_in_intro(heading)
        return 1

    def _is_first(self) -> bool:
        only = self._sections[-1]
        return len(self._sections) == 1 and not only.entries and not self._title

    def _begin_digest(self, heading: Heading) -> None:
        """If there are two titles, the one in the front matter counts. The other is kept."""
        self._title = heading.title
        given = self._front.values.get("title", "")
        if given and " ".join(given.split()) != " ".join(heading.title.split()):
            self._intro.append(f"**{heading.title}**")
        if heading.url:
            self._intro.append(f"[{heading.title}](<{heading.url}>)")
        self._intro.extend(heading.also)

    def _is_within_entry(self, heading: Heading, at: int) -> bool:
        """A heading below that of the open entry, without links to other pages under it."""
        return (
            self._open is not None
            and bool(self._open.level)
            and heading.level > (self._open.level or 0)
            and not _names_entry(heading)
            and not self._leads_to_links(at)
        )

    def _is_above_deeper_heading(self, heading: Heading, at: int) -> bool:
        following = self._nodes[at + 1] if at + 1 < len(self._nodes) else None
        return (
            following is not None
            and following.type == "heading"
            and int(following.tag[1]) > heading.level
        )

    def _is_unlinked_entry(self, heading: Heading, at: int) -> bool:
        """Among entries of its level, or below a section, with words of its own and no links."""
        if not heading.title or self._leads_to_links(at) or not self._has_prose(at):
            return False
        if heading.level in self._linked_levels:
            return True
        return heading.level >= 3 and 0 < self._sections[-1].level < heading.level

    def _leads_to_links(self, at: int) -> bool:
        """Whether what stands under a heading, up to the next, holds entries."""
        return any(self._holds_entries(node) for node in self._under(at))

    def _has_prose(self, at: int) -> bool:
        return any(node.type != "hr" for node in self._under(at))

    def _under(self, at: int) -> Iterator[SyntaxTreeNode]:
        for node in self._nodes[at + 1 :]:
            if node.type == "heading":
                return
            yield node

    def _holds_entries(self, node: SyntaxTreeNode) -> bool:
        if node.type in _LISTS:
            return any(self._leads_item(item) for item in _items_in(node))
        return node.type == "paragraph" and bool(self._entries_in(node))

    def _take_source_below(self, at: int) -> int:
        """The line below a linked title that says where the link comes from."""
        entry = self._open
        node = self._nodes[at] if at < len(self._nodes) else None
        if entry is None or node is None or node.type != "paragraph":
            return 0
        first, *rest = self._source(node).split("\n")
        source = read_source_line(first)
        if source is None or (source.url and entry.url not in ("", source.url)):
            return 0
        entry.sources = source.sources
        entry.url = entry.url or source.url
        text = "\n".join(rest)
        entry.add(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])
        return 1

    def _take_link_below(self, heading: Heading, at: int) -> int:
        """A heading whose link, or source, is on the next line."""
        node = self._nodes[at] if at < len(self._nodes) else None
        if node is None or node.type != "paragraph" or not heading.title:
            return 0
        first, *rest = self._source(node).split("\n")
        found = entry_line(first, self._references)
        if found and found.url and found.is_only_link:
            entry = _entry_of(heading)
            entry.url = found.url
            same = found.is_address or found.title.casefold() == heading.title.casefold()
            text = "\n".join(rest if same else [first, *rest])
            self._begin_entry(entry)
            entry.add(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])
            return 1
        if read_source_line(first) is not None:
            self._begin_entry(_entry_of(heading))
            return self._take_source_below(at)
        return 0

    def _keep_in_intro(self, heading: Heading) -> None:
        """A section has no link of its own."""
        if heading.url:
            self._sections[-1].intro.append(f"[{heading.title}](<{heading.url}>)")
        self._sections[-1].intro.extend(heading.also)

    # Lists

    def _place_list(self, node: SyntaxTreeNode) -> None:
        """A list of remarks is prose; of one with links each item is read for itself."""
        if not any(self._leads_item(item) for item in _items_in(node)):
            self._add_prose(node)
            return
        for item in node.children:
            self._place_item(item)
        if self._open and self._open.level is None:
            self._open = None

    def _leads_item(self, item: SyntaxTreeNode) -> bool:
        return self._line_of_item(item) is not None

    def _line_of_item(self, item: SyntaxTreeNode) -> EntryLine | None:
        paragraph = item.children[0] if item.children else None
        if paragraph is None or paragraph.type != "paragraph":
            return None
        return entry_line(_without_mark(self._source(paragraph)), self._references)

    def _place_item(self, item: SyntaxTreeNode) -> None:
        found = self._line_of_item(item)
        below = [child for child in item.children[1:] if child.type in _LISTS]
        if found:
            self._begin_item(item, found)
        elif any(self._leads_item(one) for node in below for one in _items_in(node)):
            self._begin_group(item)
        else:
            self._open = None
            text = self._source(item)
            self._add_text(text, self._blocks_of_text(text))

    def _begin_item(self, item: SyntaxTreeNode, found: EntryLine) -> None:
        entry = _Entry(found.title, _line(item), found.url)
        self._begin_entry(entry)
        entry.add(found.body, [Block(BlockKind.PARAGRAPH, found.body, is_markdown=True)])
        for child in item.children[1:]:
            entry.add(self._dedented(item, child), self._blocks(child))

    def _begin_group(self, item: SyntaxTreeNode) -> None:
        """`- Topic:` with links beneath it."""
        paragraph, *others = item.children
        title, rest = section_line(_without_mark(self._source(paragraph)), self._references)
        self._begin_section(title, 7)
        if rest:
            self._sections[-1].intro.append(rest)
        for child in others:
            if child.type in _LISTS:
                self._place_list(child)
            else:
                self._add_text(self._dedented(item, child), self._blocks(child))

    # Paragraphs

    def _place_paragraph(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> int:
        if self._is_title_of_mail(node):
            self._title = _plain(self._source(node))
            return 1
        is_in_heading_entry = self._open is not None and bool(self._open.level)
        entries = [] if is_in_heading_entry else self._entries_in(node)
        if entries:
            self._place_entries_in(node, entries)
            return 1
        if self._is_title_of_links(node, following):
            title, rest = section_line(self._source(node), self._references)
            self._begin_section(title, 7)
            if rest:
                self._sections[-1].intro.append(rest)
            return 1
        address = self._lone_address(following)
        if address and not is_in_heading_entry and self._is_title_like(node):
            self._begin_entry(_Entry(_plain(self._source(node)), _line(node), address, 0))
            return 2
        self._add_prose(node)
        return 1

    def _is_title_of_mail(self, node: SyntaxTreeNode) -> bool:
        """A first line that says number or date; plain mail has no other heading."""
        if node is not self._nodes[0] or self._front.end:
            return False
        text = self._source(node)
        return "\n" not in text and "](" not in text and "://" not in text and says_which(text)

    def _entries_in(self, node: SyntaxTreeNode) -> list[tuple[int, EntryLine]]:
        """The lines of a paragraph that begin entries: the first, and any others like it."""
        lines = self._source(node).split("\n")
        with_addresses = list(titles_above_addresses(lines))
        if with_addresses:
            return with_addresses
        starts = [(0, entry_line("\n".join(lines), self._references, is_paragraph=True))]
        if len(lines) > 1:
            each = [
                (at, entry_line(line, self._references, is_paragraph=True))
                for at, line in enumerate(lines)
            ]
            led = [(at, found) for at, found in each if found]
            if len(led) > 1 and 2 * len(led) >= len(lines):
                starts = [(at, replace(found, lines=1)) for at, found in led]
        return [(at, found) for at, found in starts if found is not None]

    def _place_entries_in(self, node: SyntaxTreeNode, entries: list[tuple[int, EntryLine]]) -> None:
        lines = self._source(node).split("\n")
        if entries[0][0] > 0:
            text = "\n".join(lines[: entries[0][0]])
            self._add_text(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])
        ends = [at for at, _ in entries[1:]] + [len(lines)]
        for (at, found), end in zip(entries, ends, strict=True):
            entry = _Entry(found.title, _line(node) + at, found.url, 0)
            self._begin_entry(entry)
            rest = [] if found.lines == 0 else lines[at + found.lines : end]
            body = "\n".join(filter(None, [found.body, *rest]))
            entry.add(body, [Block(BlockKind.PARAGRAPH, body, is_markdown=True)])

    def _is_title_of_links(self, node: SyntaxTreeNode, following: SyntaxTreeNode | None) -> bool:
        """A bold or short line above a list, or above paragraphs, that are entries."""
        if following is None or not self._holds_entries(following):
            return False
        if self._open is not None and not self._open.pieces:
            return _is_bold(self._source(node).strip())
        text = self._source(node).strip()
        if "\n" in text:
            return False
        if _is_bold(text):
            return True
        is_above_list = following.type in _LISTS
        return self._is_title_like(node) and (is_above_list or self._has_addresses(following))

    def _has_addresses(self, node: SyntaxTreeNode) -> bool:
        return any(titles_above_addresses(self._source(node).split("\n")))

    def _is_title_like(self, node: SyntaxTreeNode) -> bool:
        text = _plain(self._source(node))
        return (
            "\n" not in self._source(node) and 0 < len(text) <= 80 and text[-1] not in ".!?。！？"
        )

    def _lone_address(self, node: SyntaxTreeNode | None) -> str:
        if node is None or node.type != "paragraph":
            return ""
        found = entry_line(self._source(node), self._references)
        return found.url if found and found.is_address and found.is_only_link else ""

    # Prose

    def _add_prose(self, node: SyntaxTreeNode) -> None:
        self._add_text(self._source(node), self._blocks(node))

    def _add_text(self, text: str, blocks: Sequence[Block]) -> None:
        """To the open entry; else to the section, or to one without a title that follows it."""
        if self._open is not None:
            self._open.add(text, blocks)
            return
        section = self._sections[-1]
        if len(self._sections) == 1 and not section.entries:
            self._intro.append(text)
            return
        if section.entries:
            section = _Section("", section.level)
            self._sections.append(section)
        section.intro.append(text)

    def _begin_entry(self, entry: _Entry) -> None:
        self._sections[-1].entries.append(entry)
        self._open = entry

    def _begin_section(self, title: str, level: int) -> None:
        self._open = None
        self._sections.append(_Section(title, level))

    # Text of nodes

    def _blocks_of_text(self, text: str) -> list[Block]:
        return [Block(BlockKind.PARAGRAPH, text, is_markdown=True)]

    def _blocks(self, node: SyntaxTreeNode) -> list[Block]:
        """One; a picture with a title has that as its caption."""
        if node.type in _LISTS:
            kind = BlockKind.BULLETS if node.type == "bullet_list" else BlockKind.NUMBERED
            items = tuple(_without_mark(self._source(item)) for item in node.children)
            number = int(node.attrs.get("start", 1))
            return [Block(kind, items=items, is_markdown=True, start=number)]
        if node.type in ("fence", "code_block"):
            language = node.info.strip() if node.type == "fence" else ""
            return [Block(BlockKind.CODE, node.content.removesuffix("\n"), language=language)]
        source = self._source(node)
        if node.type == "blockquote":
            lines = [re.sub(r"^ {0,3}> ?", "", line) for line in source.split("\n")]
            return [Block(BlockKind.QUOTE, "\n".join(lines), is_markdown=True)]
        image = read_only_image(source, self._references) if node.type == "paragraph" else None
        if image is None:
            return [Block(BlockKind.PARAGRAPH, source, is_markdown=True)]
        caption = [Block(BlockKind.CAPTION, image.title)] if image.title else []
        return [Block(BlockKind.IMAGE, image.alt, url=image.url), *caption]

    def _source(self, node: SyntaxTreeNode) -> str:
        first, end = node.map or (0, 0)
        return "\n".join(self._lines[first:end]).strip("\n").rstrip()

    def _dedented(self, item: SyntaxTreeNode, child: SyntaxTreeNode) -> str:
        """A block within an item as it would stand on its own."""
        width = len(_item_mark(self._source(item)))
        lines = self._source(child).split("\n")
        return "\n".join(line[min(width, len(line) - len(line.lstrip())) :] for line in lines)

    # Link definitions

    def _place_definitions(self) -> None:
        """Each goes along with the texts that ask for it; one that nobody asks for is told."""
        covered = [node.map for node in self._nodes if node.map]
        uncovered = uncovered_lines(self._lines, self._front.end, covered)
        definitions = {at: self._lines[at].strip() for at in uncovered}
        if not definitions:
            return
        holders = list(self._holders())
        labels = {number: labels_in(pieces) for number, pieces in enumerate(holders)}
        wanted = wanted_definitions(definitions, labels, _MAX_REPEATED * len("".join(self._lines)))
        titles = labels_in(line for at, line in enumerate(self._lines) if at not in definitions)
        for at, line in definitions.items():
            for number in wanted[at]:
                holders[number].append(line)
            if not wanted[at] and label_of(line) not in titles:
                self._unplaced.append(Unplaced(at + 1, line))

    def _holders(self) -> Iterator[list[str]]:
        yield self._intro
        for section in self._sections:
            yield section.intro
            for entry in section.entries:
                yield entry.pieces


def _frozen(entry: _Entry) -> DigestEntry:
    domain = domain_of_url(entry.url)
    return DigestEntry(
        title=entry.title,
        url=entry.url,
        sources=entry.sources or ((domain,) if domain else ()),
        blocks=tuple(entry.blocks),
        line=entry.line,
        markdown="\n\n".join(entry.pieces),
    )


def _names_entry(heading: Heading) -> bool:
    return bool(heading.url and heading.title)


def _entry_of(heading: Heading) -> _Entry:
    """What a title can't hold, a second link or a picture, begins the entry's body."""
    entry = _Entry(heading.title, heading.line, heading.url, heading.level)
    for text in heading.also:
        entry.add(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])
    return entry


def _items_in(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """Of a list and of the lists within its items."""
    for item in node.children:
        yield item
        for child in item.children:
            if child.type in _LISTS:
                yield from _items_in(child)


def _line(node: SyntaxTreeNode) -> int:
    return (node.map[0] if node.map else 0) + 1


def _is_bold(text: str) -> bool:
    bold = re.fullmatch(r"\W{0,6}(\*\*|__)(?P<words>.{1,100})\1\W{0,3}", text)
    return bold is not None and "**" not in bold["words"]


def _plain(text: str) -> str:
    return re.sub(r"\*\*|__|`", "", text).strip().strip("*_").strip()


def _item_mark(source: str) -> str:
    matched = _ITEM_MARK.match(source)
    return matched[1] if matched else ""


def _without_mark(source: str) -> str:
    """The Markdown of a list item without its marker, its other lines moved left as far."""
    first, *rest = source.split("\n")
    width = len(_item_mark(first))
    if not width:
        return source.strip()
    moved = [line[min(width, len(line) - len(line.lstrip())) :] for line in rest]
    return "\n".join([first[width:], *moved]).rstrip()

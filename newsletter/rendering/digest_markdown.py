"""The Markdown form: front matter, an intro, `##` sections, `### [Title](url)` entries, bodies.

Digests that have no `###` are read one level up: `##` headings are entries then, or, where a
section is a list of links, its items are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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
from newsletter.rendering.digest_sources import domain_of_url, read_source_line

_PARSER = MarkdownIt("commonmark", {"html": False}).disable("html_block").disable("html_inline")
_FRONT_MATTER_LINE = re.compile(r"^(?P<key>[A-Za-z][\w -]*?)\s*:[ \t]*(?P<value>.*)$")
_REFERENCE = re.compile(r"^ {0,3}\[(?P<label>[^\]]+)\]:\s")
_LEAD_IN = re.compile(r"^[\s:–—|-]+")


@dataclass(slots=True)
class _Heading:
    level: int
    title: str
    url: str
    line: int


@dataclass(slots=True)
class _Entry:
    heading: _Heading
    sources: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    title: str
    entries: list[_Entry] = field(default_factory=list)


def parse_markdown(text: str) -> Digest:
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._unplaced: list[Unplaced] = []
        self._front_matter, self._first = self._read_front_matter()
        # Front matter is blanked rather than cut, so that line numbers stay the editor's.
        body = [""] * self._first + self._lines[self._first :]
        self._nodes = SyntaxTreeNode(_PARSER.parse("\n".join(body))).children
        self._entry_level = self._find_entry_level()
        self._references = self._read_references()
        self._title = ""
        self._intro: list[str] = []
        self._sections: list[_Section] = [_Section("")]

    def read(self) -> Digest:
        for node in self._nodes:
            self._place(node)
        self._place_references()
        title = self._front_matter.get("title") or self._title
        sections = tuple(
            DigestSection(section.title, tuple(_frozen(entry) for entry in section.entries))
            for section in self._sections
            if section.entries or section.title
        )
        intro = "\n\n".join(self._intro)
        unplaced = tuple(sorted(self._unplaced, key=lambda piece: piece.line))
        return Digest(title, sections, unplaced, intro, self._front_matter)

    def _read_front_matter(self) -> tuple[dict[str, str], int]:
        """Its values, and the index of the first line after it."""
        start = next((i for i, line in enumerate(self._lines) if line.strip()), 0)
        if not self._lines or self._lines[start].strip() != "---":
            return {}, 0
        end = next(
            (i for i in range(start + 1, len(self._lines)) if self._lines[i].strip() == "---"), None
        )
        if end is None:
            return {}, 0
        values: dict[str, str] = {}
        for at in range(start + 1, end):
            matched = _FRONT_MATTER_LINE.match(self._lines[at])
            if matched:
                values[matched["key"].strip().lower()] = _unquoted(matched["value"])
            elif self._lines[at].strip():
                self._unplaced.append(Unplaced(at + 1, self._lines[at].strip()))
        return values, end + 1

    def _find_entry_level(self) -> int:
        """3; 2 where there is no `###` but `##` with something below; 0 for lists of links."""
        levels = {_level(node) for node in self._nodes if node.type == "heading"}
        if 3 in levels or 2 not in levels:
            return 3
        lists = [node for node in self._nodes if node.type == "bullet_list"]
        has_link_items = any(_item_link(item) for node in lists for item in node.children)
        headings = [node for node in self._nodes if _level(node) == 2]
        are_linked = any(_read_heading(node).url for node in headings)
        return 0 if has_link_items and not are_linked else 2

    def _place(self, node: SyntaxTreeNode) -> None:
        if node.type == "heading":
            self._place_heading(node)
            return
        entries = self._sections[-1].entries
        if self._entry_level == 0 and node.type == "bullet_list":
            self._place_link_items(node)
        elif entries:
            self._add_to_entry(entries[-1], node)
        elif len(self._sections) == 1 and not self._sections[0].title:
            self._intro.append(self._source(node))
        else:
            self._leave_unplaced(node)

    def _place_heading(self, node: SyntaxTreeNode) -> None:
        heading = _read_heading(node)
        if heading.level == self._entry_level:
            self._begin_entry(heading, _embedded(node)[bool(heading.url) :])
        elif heading.level == 1 and not self._title and len(self._sections) == 1:
            self._title = heading.title
            self._keep(_embedded(node), heading.line)
        elif heading.level <= 2 and (heading.level < self._entry_level or self._entry_level == 0):
            self._sections.append(_Section(heading.title))
            self._keep(_embedded(node), heading.line)
        elif self._sections[-1].entries:
            self._add_to_entry(self._sections[-1].entries[-1], node)
        else:
            self._leave_unplaced(node)

    def _begin_entry(self, heading: _Heading, also: list[str]) -> None:
        """What a title can't hold, a second link or a picture, begins the entry's body."""
        if not heading.title:
            self._keep([self._lines[heading.line - 1].strip()], heading.line)
        entry = _Entry(heading)
        entry.blocks = [Block(BlockKind.PARAGRAPH, text, is_markdown=True) for text in also]
        self._sections[-1].entries.append(entry)

    def _keep(self, texts: list[str], line: int) -> None:
        self._unplaced.extend(Unplaced(line, text) for text in texts)

    def _add_to_entry(self, entry: _Entry, node: SyntaxTreeNode) -> None:
        source = read_source_line(self._source(node)) if node.type == "paragraph" else None
        has_other_url = source and source.url and entry.heading.url not in ("", source.url)
        if source and not has_other_url and not entry.blocks and not entry.sources:
            entry.sources = source.sources
            entry.heading.url = entry.heading.url or source.url
            return
        entry.blocks.append(self._block(node))

    def _place_link_items(self, node: SyntaxTreeNode) -> None:
        """`- [Title](url) — comment`: each item of the list is an entry."""
        for item in node.children:
            link = _item_link(item)
            if link is None:
                self._leave_unplaced(item)
                continue
            first, rest = self._item_text(item, link)
            entry = _Entry(_Heading(3, link.title, link.url, _line(item)))
            if first:
                entry.blocks.append(Block(BlockKind.PARAGRAPH, first, is_markdown=True))
            entry.blocks.extend(rest)
            self._sections[-1].entries.append(entry)

    def _item_text(self, item: SyntaxTreeNode, link: _Heading) -> tuple[str, list[Block]]:
        paragraph, *others = item.children
        source = _dedented_item(self._source(paragraph))
        after = source.partition("](")[2].partition(")")[2] if link.url else source
        return _LEAD_IN.sub("", after).strip(), [self._block(other) for other in others]

    def _block(self, node: SyntaxTreeNode) -> Block:
        if node.type in ("bullet_list", "ordered_list"):
            kind = BlockKind.BULLETS if node.type == "bullet_list" else BlockKind.NUMBERED
            items = tuple(self._item_source(item) for item in node.children)
            return Block(kind, items=items, is_markdown=True)
        if node.type in ("fence", "code_block"):
            language = node.info.strip().split(" ")[0] if node.type == "fence" else ""
            return Block(BlockKind.CODE, node.content.removesuffix("\n"), language=language)
        if node.type == "blockquote":
            quoted = "\n".join(
                re.sub(r"^ {0,3}> ?", "", line) for line in self._source(node).split("\n")
            )
            return Block(BlockKind.QUOTE, quoted, is_markdown=True)
        image = _only_image(node)
        if image:
            alt = "".join(child.content for child in image.children) or image.content
            return Block(BlockKind.IMAGE, alt, url=str(image.attrs.get("src", "")))
        return Block(BlockKind.PARAGRAPH, self._source(node), is_markdown=True)

    def _item_source(self, item: SyntaxTreeNode) -> str:
        return _dedented_item(self._source(item))

    def _source(self, node: SyntaxTreeNode) -> str:
        start, end = node.map or (0, 0)
        return "\n".join(self._lines[start:end]).strip("\n").rstrip()

    def _leave_unplaced(self, node: SyntaxTreeNode) -> None:
        start, end = node.map or (0, 0)
        self._unplaced.extend(
            Unplaced(at + 1, self._lines[at].strip())
            for at in range(start, end)
            if self._lines[at].strip()
        )

    def _read_references(self) -> dict[int, str]:
        """Link definitions belong to no token: lines that nothing covers, by their index."""
        covered: set[int] = set()
        for node in self._nodes:
            if node.map:
                covered.update(range(*node.map))
        return {
            at: line
            for at, line in enumerate(self._lines[self._first :], start=self._first)
            if line.strip() and at not in covered
        }

    def _place_references(self) -> None:
        """Each definition goes along with the entries whose text asks for it."""
        for at, line in self._references.items():
            matched = _REFERENCE.match(line)
            users = [
                entry for entry in self._all_entries() if matched and _uses(entry, matched["label"])
            ]
            for entry in users:
                entry.blocks.append(Block(BlockKind.PARAGRAPH, line.strip(), is_markdown=True))
            is_in_heading = matched and any(
                f"][{matched['label']}]" in text or f"[{matched['label']}]" in text
                for text in self._lines
                if text.lstrip().startswith("#")
            )
            if not users and not is_in_heading:
                self._unplaced.append(Unplaced(at + 1, line.strip()))

    def _all_entries(self) -> Iterator[_Entry]:
        for section in self._sections:
            yield from section.entries


def _frozen(entry: _Entry) -> DigestEntry:
    heading = entry.heading
    domain = domain_of_url(heading.url)
    sources = entry.sources or ((domain,) if domain else ())
    return DigestEntry(heading.title, heading.url, sources, tuple(entry.blocks), heading.line)


def _embedded(node: SyntaxTreeNode) -> list[str]:
    """The links of a heading, then its pictures, as Markdown; the first link comes first."""
    inline = node.children[0]
    links = [child for child in inline.children if child.type == "link"]
    images = [child for child in inline.walk() if child.type == "image"]
    return [f"[{_text_of(link)}](<{link.attrs.get('href', '')}>)" for link in links] + [
        f"![{_text_of(image)}](<{image.attrs.get('src', '')}>)" for image in images
    ]


def _read_heading(node: SyntaxTreeNode) -> _Heading:
    inline = node.children[0]
    links = [child for child in inline.children if child.type == "link"]
    url = str(links[0].attrs.get("href", "")) if links else ""
    return _Heading(_level(node), _text_of(inline).strip(), url, _line(node))


def _item_link(item: SyntaxTreeNode) -> _Heading | None:
    """The link that an item of a list begins with."""
    paragraph = item.children[0] if item.children else None
    if paragraph is None or paragraph.type != "paragraph":
        return None
    leading = [child for child in paragraph.children[0].children if _text_of(child).strip()]
    if not leading or leading[0].type not in ("link", "strong"):
        return None
    link = leading[0]
    if link.type == "strong":
        links = [child for child in link.children if child.type == "link"]
        if not links:
            return None
        link = links[0]
    return _Heading(3, _text_of(link).strip(), str(link.attrs.get("href", "")), _line(item))


def _text_of(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline", "text_special"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if node.type == "image":
        return "".join(_text_of(child) for child in node.children) or node.content
    return "".join(_text_of(child) for child in node.children)


def _only_image(node: SyntaxTreeNode) -> SyntaxTreeNode | None:
    if node.type != "paragraph":
        return None
    inner = node.children[0].children
    return inner[0] if len(inner) == 1 and inner[0].type == "image" else None


def _dedented_item(source: str) -> str:
    """The Markdown of a list item without its marker, its other lines moved left as far."""
    first, *rest = source.split("\n")
    matched = re.match(r"^(\s*(?:[-*+]|\d{1,9}[.)])\s{1,4})", first)
    if not matched:
        return source.strip()
    width = len(matched[1])
    moved = [line[min(width, len(line) - len(line.lstrip())) :] for line in rest]
    return "\n".join([first[width:], *moved]).rstrip()


def _uses(entry: _Entry, label: str) -> bool:
    wanted = f"[{label}]".casefold()
    return any(
        wanted in text.casefold()
        for block in entry.blocks
        if block.is_markdown
        for text in (block.text, *block.items)
    )


def _level(node: SyntaxTreeNode) -> int:
    return int(node.tag[1]) if node.type == "heading" else 0


def _line(node: SyntaxTreeNode) -> int:
    return (node.map[0] if node.map else 0) + 1


def _unquoted(value: str) -> str:
    text = value.strip()
    is_quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text

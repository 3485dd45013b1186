"""The blocks of a Markdown digest, with the text that each was typed as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.issues.digests import Block, BlockKind
from newsletter.reading.digests.entry_lines import (
    LONGEST_TITLE,
    EntryLine,
    entry_line,
    is_aside,
    is_row_of_links,
    line_with_link_at_end,
    line_with_source_at_end,
    lines_with_address_at_end,
    linked_picture,
    titles_above_addresses,
)
from newsletter.reading.digests.headings import Heading, read_heading, read_only_image

LISTS = ("bullet_list", "ordered_list")
LONGEST_OF_LIST = 200
"""Characters of a paragraph that is an address and a remark on it."""

# Blocks alone: what is within a line is read where a title is looked for, which is much less.
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["html_block", "inline"])
_ITEM_MARK = re.compile(r"^(\s*(?:[-*+]|\d{1,9}[.)])\s{1,4})")


class MarkdownTree:
    """`nodes` are the blocks that stand in none; `references` are the link definitions."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.references: dict[str, Any] = {}
        root = SyntaxTreeNode(_PARSER.parse("\n".join(lines), self.references))
        self.nodes = root.children
        lists = [node for node in self.nodes if node.type in LISTS]
        self._has_many_items = sum(len(node.children) for node in lists) > 1
        self._lines_of_items: dict[int, EntryLine | None] = {}
        self._first_lines: dict[int, EntryLine | None] = {}
        self._entries: dict[int, list[tuple[int, EntryLine]]] = {}
        self._ends_of_runs: dict[int, int] = {}

    def at(self, place: int) -> SyntaxTreeNode | None:
        return self.nodes[place] if place < len(self.nodes) else None

    def headings(self) -> Iterator[Heading]:
        return (self.heading(node) for node in self.nodes if node.type == "heading")

    def heading(self, node: SyntaxTreeNode) -> Heading:
        return read_heading(node, self.references)

    def until_heading(self, place: int) -> Iterator[SyntaxTreeNode]:
        """What stands under a heading, up to the next."""
        for at in range(place + 1, len(self.nodes)):
            if self.nodes[at].type == "heading":
                return
            yield self.nodes[at]

    def first_line(self, node: SyntaxTreeNode) -> EntryLine | None:
        """Of a paragraph."""
        if id(node) not in self._first_lines:
            first, _, _ = self.text(node).partition("\n")
            self._first_lines[id(node)] = entry_line(first, self.references)
        return self._first_lines[id(node)]

    def is_list_of_links(self, node: SyntaxTreeNode, *, or_ending_in: bool = False) -> bool:
        """Half of its items, or more, are entries, or have some beneath them; or else end in their
        only link. The only item of a digest says nothing of that.
        """
        led = sum(1 for item in node.children if any(map(self.leads_item, _with_items_in(item))))
        if 2 * led >= len(node.children) or not (or_ending_in and self._has_many_items):
            return 2 * led >= len(node.children)
        ending = sum(1 for item in node.children if self.leads_item(item) or self.ends_item(item))
        return 2 * ending >= len(node.children)

    def ends_item(self, item: SyntaxTreeNode) -> EntryLine | None:
        paragraph = item.children[0] if item.children else None
        if paragraph is None or paragraph.type != "paragraph":
            return None
        return line_with_link_at_end(without_mark(self.text(paragraph)), self.references)

    def sentence_in_run(self, place: int) -> EntryLine | None:
        """Of a paragraph among others, most of which come to a link within their first words."""
        if self.nodes[place].type != "paragraph":
            return None
        if place not in self._ends_of_runs:
            self._look_at_run(place)
        text = self.text(self.nodes[place])
        if not (self._ends_of_runs[place] or self.is_list_of_addresses) or is_row_of_links(text):
            return None
        if at_end := line_with_source_at_end(text, self.references):
            return at_end
        found = entry_line(text, self.references, most_before=LONGEST_TITLE)
        return None if found is None or is_aside(found) else found

    @cached_property
    def is_list_of_addresses(self) -> bool:
        """Short paragraphs alone, of which most hold one address, and no link has other words."""
        texts = [self.text(node) for node in self.nodes if node.type == "paragraph"]
        if len(texts) != len(self.nodes) or any("](" in text for text in texts):
            return False
        short = sum(1 for one in texts if one.count("://") == 1 and len(one) <= LONGEST_OF_LIST)
        return short > 1 and 2 * short >= len(texts)

    def _look_at_run(self, start: int) -> None:
        """What is known of a run is kept for each of its paragraphs."""
        end = start
        while end < len(self.nodes) and self.nodes[end].type == "paragraph":
            end += 1
        texts = [self.text(node) for node in self.nodes[start:end]]
        led = sum(
            1
            for text in texts
            if entry_line(text, self.references) or line_with_source_at_end(text, self.references)
        )
        is_run = led > 1 and 2 * led >= end - start
        self._ends_of_runs.update((place, end if is_run else 0) for place in range(start, end))

    def sentence_of_item(self, item: SyntaxTreeNode) -> EntryLine | None:
        """Of an item among entries: its link may come later."""
        if at_end := self.ends_item(item):
            return at_end
        paragraph = item.children[0] if item.children else None
        if paragraph is None or paragraph.type != "paragraph":
            return None
        text = without_mark(self.text(paragraph))
        return entry_line(text, self.references, most_before=LONGEST_TITLE)

    def leads_item(self, item: SyntaxTreeNode) -> bool:
        return self.line_of_item(item) is not None

    def line_of_item(self, item: SyntaxTreeNode) -> EntryLine | None:
        if id(item) not in self._lines_of_items:
            self._lines_of_items[id(item)] = self._line_of_item(item)
        return self._lines_of_items[id(item)]

    def _line_of_item(self, item: SyntaxTreeNode) -> EntryLine | None:
        paragraph = item.children[0] if item.children else None
        if paragraph is None or paragraph.type != "paragraph":
            return None
        return entry_line(without_mark(self.text(paragraph)), self.references)

    def entries_in(self, node: SyntaxTreeNode) -> list[tuple[int, EntryLine]]:
        """The lines of a paragraph that begin entries: the first, and any others like it."""
        if id(node) not in self._entries:
            self._entries[id(node)] = self._entries_in(node)
        return self._entries[id(node)]

    def _entries_in(self, node: SyntaxTreeNode) -> list[tuple[int, EntryLine]]:
        if is_row_of_links(self.text(node)):
            return []
        lines = self.text(node).split("\n")
        with_addresses = list(titles_above_addresses(lines))
        with_addresses = with_addresses or lines_with_address_at_end(lines)
        if with_addresses:
            return with_addresses
        starts = [(0, entry_line("\n".join(lines), self.references, is_paragraph=True))]
        if len(lines) > 1:
            each = [
                (at, entry_line(line, self.references, is_paragraph=True))
                for at, line in enumerate(lines)
            ]
            led = [(at, found) for at, found in each if found]
            if len(led) > 1 and 2 * len(led) >= len(lines):
                starts = [(at, replace(found, lines=1)) for at, found in led]
        return _first_of_each([(at, found) for at, found in starts if found is not None])

    def is_picture_of_next(self, place: int) -> bool:
        """A picture that leads to where the entry right below it does."""
        node, below = self.nodes[place], self.at(place + 1)
        if node.type != "paragraph" or below is None:
            return False
        url = linked_picture(self.text(node), self.references)
        return bool(url) and url == self._target_of(below)

    def _target_of(self, node: SyntaxTreeNode) -> str:
        """Of what begins an entry."""
        if node.type == "heading":
            heading = self.heading(node)
            return heading.url if heading.title else ""
        entries = self.entries_in(node) if node.type == "paragraph" else []
        return entries[0][1].url if entries and entries[0][0] == 0 else ""

    def holds_entries(self, node: SyntaxTreeNode) -> bool:
        if node.type in LISTS:
            return any(self.leads_item(item) for item in items_in(node))
        return node.type == "paragraph" and bool(self.entries_in(node))

    def has_addresses(self, node: SyntaxTreeNode) -> bool:
        return any(titles_above_addresses(self.text(node).split("\n")))

    def is_named_paragraph(self, place: int) -> bool:
        """One whose first line is above its entries, and reads like their title."""
        node = self.at(place)
        entries = self.entries_in(node) if node and node.type == "paragraph" else []
        lines = self.text(node).split("\n") if node and entries else []
        return bool(entries) and entries[0][0] == 1 and is_like_title(lines[0])

    def reads_like_title(self, node: SyntaxTreeNode) -> bool:
        text = self.text(node)
        return "://" not in text and is_like_title(text)

    def lone_address(self, node: SyntaxTreeNode | None) -> str:
        """Of a paragraph that is an address and nothing else; "" for any other."""
        if node is None or node.type != "paragraph":
            return ""
        found = entry_line(self.text(node), self.references)
        return found.url if found and found.is_address and found.is_only_link else ""

    def blocks(self, node: SyntaxTreeNode) -> list[Block]:
        """One; a picture with a title has that as its caption."""
        if node.type in LISTS:
            kind = BlockKind.BULLETS if node.type == "bullet_list" else BlockKind.NUMBERED
            items = tuple(without_mark(self.text(item)) for item in node.children)
            number = int(node.attrs.get("start", 1))
            return [Block(kind, items=items, is_markdown=True, start=number)]
        if node.type in ("fence", "code_block"):
            language = node.info.strip() if node.type == "fence" else ""
            return [Block(BlockKind.CODE, node.content.removesuffix("\n"), language=language)]
        source = self.text(node)
        if node.type == "blockquote":
            lines = [re.sub(r"^ {0,3}> ?", "", line) for line in source.split("\n")]
            return [Block(BlockKind.QUOTE, "\n".join(lines), is_markdown=True)]
        image = read_only_image(source, self.references) if node.type == "paragraph" else None
        if image is None:
            return [Block(BlockKind.PARAGRAPH, source, is_markdown=True)]
        caption = [Block(BlockKind.CAPTION, image.title)] if image.title else []
        return [Block(BlockKind.IMAGE, image.alt, url=image.url), *caption]

    def text(self, node: SyntaxTreeNode) -> str:
        first, end = node.map or (0, 0)
        return "\n".join(self.lines[first:end]).strip("\n").rstrip()

    def dedented(self, item: SyntaxTreeNode, child: SyntaxTreeNode) -> str:
        """A block within an item as it would stand on its own."""
        width = len(_item_mark(self.text(item)))
        lines = self.text(child).split("\n")
        return "\n".join(line[min(width, len(line) - len(line.lstrip())) :] for line in lines)


def _first_of_each(entries: list[tuple[int, EntryLine]]) -> list[tuple[int, EntryLine]]:
    """Lines of one paragraph that lead to the same page, one below the other, are one entry."""
    return [
        one for at, one in enumerate(entries) if at == 0 or one[1].url != entries[at - 1][1].url
    ]


def items_in(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """Of a list and of the lists within its items."""
    for item in node.children:
        yield item
        for child in item.children:
            if child.type in LISTS:
                yield from items_in(child)


def _with_items_in(item: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    yield item
    for child in item.children:
        if child.type in LISTS:
            yield from items_in(child)


def line_of(node: SyntaxTreeNode) -> int:
    return (node.map[0] if node.map else 0) + 1


def prose(text: str) -> list[Block]:
    return [Block(BlockKind.PARAGRAPH, text, is_markdown=True)]


def _item_mark(source: str) -> str:
    matched = _ITEM_MARK.match(source)
    return matched[1] if matched else ""


def without_mark(source: str) -> str:
    """The Markdown of a list item without its marker, its other lines moved left as far."""
    first, *rest = source.split("\n")
    width = len(_item_mark(first))
    if not width:
        return source.strip()
    moved = [line[min(width, len(line) - len(line.lstrip())) :] for line in rest]
    return "\n".join([first[width:], *moved]).rstrip()


def is_bold(text: str) -> bool:
    bold = re.fullmatch(r"\W{0,6}(\*\*|__)(?P<words>.{1,100})\1\W{0,3}", text)
    return bold is not None and "**" not in bold["words"]


def is_like_title(text: str) -> bool:
    """Short, on one line, and no sentence."""
    shown = plain(text)
    return "\n" not in text and 0 < len(shown) <= 80 and shown[-1] not in ".!?。！？"


def plain(text: str) -> str:
    return re.sub(r"\*\*|__|`", "", text).strip().strip("*_").strip()

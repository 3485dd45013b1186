"""The blocks of a Markdown digest, with the text that each was typed as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.digests import Block, BlockKind
from newsletter.reading.digests.entry_lines import EntryLine, entry_line, titles_above_addresses
from newsletter.reading.digests.headings import Heading, read_heading, read_only_image

LISTS = ("bullet_list", "ordered_list")

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

    def at(self, place: int) -> SyntaxTreeNode | None:
        return self.nodes[place] if place < len(self.nodes) else None

    def headings(self) -> Iterator[Heading]:
        return (self.heading(node) for node in self.nodes if node.type == "heading")

    def heading(self, node: SyntaxTreeNode) -> Heading:
        return read_heading(node, self.references)

    def until_heading(self, place: int) -> Iterator[SyntaxTreeNode]:
        """What stands under a heading, up to the next."""
        for node in self.nodes[place + 1 :]:
            if node.type == "heading":
                return
            yield node

    def leads_item(self, item: SyntaxTreeNode) -> bool:
        return self.line_of_item(item) is not None

    def line_of_item(self, item: SyntaxTreeNode) -> EntryLine | None:
        paragraph = item.children[0] if item.children else None
        if paragraph is None or paragraph.type != "paragraph":
            return None
        return entry_line(without_mark(self.text(paragraph)), self.references)

    def entries_in(self, node: SyntaxTreeNode) -> list[tuple[int, EntryLine]]:
        """The lines of a paragraph that begin entries: the first, and any others like it."""
        lines = self.text(node).split("\n")
        with_addresses = list(titles_above_addresses(lines))
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
        return [(at, found) for at, found in starts if found is not None]

    def holds_entries(self, node: SyntaxTreeNode) -> bool:
        if node.type in LISTS:
            return any(self.leads_item(item) for item in items_in(node))
        return node.type == "paragraph" and bool(self.entries_in(node))

    def has_addresses(self, node: SyntaxTreeNode) -> bool:
        return any(titles_above_addresses(self.text(node).split("\n")))

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


def items_in(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """Of a list and of the lists within its items."""
    for item in node.children:
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


def plain(text: str) -> str:
    return re.sub(r"\*\*|__|`", "", text).strip().strip("*_").strip()

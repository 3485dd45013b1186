"""Markdown to plain text, from the same tokens as the HTML: lists, quotes, code, numbered links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from newsletter.rendering.bodies.markdown import parse, safe_url
from newsletter.rendering.bodies.placeholders import Tokens as Personal
from newsletter.rendering.bodies.wrapping import WIDTH, wrap


@dataclass(slots=True)
class PlainText:
    """`links` are the addresses of `[1]`, `[2]` … in `lines`."""

    lines: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        notes = [f"[{number}] {url}" for number, url in enumerate(self.links, 1)]
        return "\n".join([*self.lines, *([""] if self.lines and notes else []), *notes])


def body_text(
    markdown: str,
    *,
    image_word: str = "Image",
    of: str = "",
    personal: Personal | None = None,
) -> str:
    return text_of(parse(markdown, of=of, personal=personal), image_word)


def text_of(tokens: list[Token], image_word: str) -> str:
    writer = _Writer(image_word)
    writer.blocks(SyntaxTreeNode(tokens).children)
    return str(writer.text)


class _Writer:
    def __init__(self, image_word: str) -> None:
        self.text = PlainText()
        self._image_word = image_word
        self._indent = ""

    def blocks(self, nodes: list[SyntaxTreeNode], *, spaced: bool = True) -> None:
        for node in nodes:
            if spaced and self.text.lines and self.text.lines[-1] != self._indent.rstrip():
                self._line("")
            self._block(node)

    def _block(self, node: SyntaxTreeNode) -> None:
        match node.type:
            case "bullet_list" | "ordered_list":
                self._list(node)
            case "blockquote":
                self._indented("> ", node)
            case "fence" | "code_block":
                for line in node.content.rstrip("\n").split("\n"):
                    self.text.lines.append(f"{self._indent}    {line}")
            case "hr":
                self._line("* * *")
            case "table":
                self._table(node)
            case _:
                self._paragraph(node)

    def _paragraph(self, node: SyntaxTreeNode, first: str | None = None) -> None:
        lead = self._indent if first is None else first
        for line in self._inline(node).split("\n"):
            self.text.lines += wrap(line, first=lead, rest=self._indent, width=WIDTH)
            lead = self._indent

    def _list(self, node: SyntaxTreeNode) -> None:
        number = int(node.attrs.get("start", 1))
        last = number + len(node.children) - 1
        for item in node.children:
            marker = "- " if node.type == "bullet_list" else f"{number:>{len(str(last))}}. "
            self._item(item, marker)
            number += 1

    def _item(self, item: SyntaxTreeNode, marker: str) -> None:
        outer = self._indent
        self._indent = outer + " " * len(marker)
        children = list(item.children)
        if children and children[0].type == "paragraph":
            self._paragraph(children.pop(0), first=outer + marker)
        else:
            self.text.lines.append((outer + marker).rstrip())
        for child in children:
            self.blocks([child], spaced=child.type not in ("bullet_list", "ordered_list"))
        self._indent = outer

    def _indented(self, mark: str, node: SyntaxTreeNode) -> None:
        outer = self._indent
        self._indent = outer + mark
        for position, child in enumerate(node.children):
            self.blocks([child], spaced=position > 0)
        self._indent = outer

    def _table(self, node: SyntaxTreeNode) -> None:
        for part in node.children:
            for row in part.children:
                cells = [self._inline(cell) for cell in row.children]
                self._line(" | ".join(cells))

    def _line(self, line: str) -> None:
        self.text.lines.append((self._indent + line).rstrip())

    def _inline(self, node: SyntaxTreeNode) -> str:
        return "".join(piece for child in node.children for piece in self._pieces(child))

    def _pieces(self, node: SyntaxTreeNode) -> Iterator[str]:
        match node.type:
            case "text" | "code_inline":
                yield node.content
            case "html_inline":
                return
            case "softbreak":
                yield " "
            case "hardbreak":
                yield "\n"
            case "image":
                words = f"{self._image_word}: {node.content}" if node.content else self._image_word
                yield f"[{words}]{self._note(node.attrs.get('src'))}"
            case "link":
                words = "".join(piece for child in node.children for piece in self._pieces(child))
                yield words
                if words != node.attrs.get("href") and node.info != "auto":
                    yield self._note(node.attrs.get("href"))
            case _:
                for child in node.children:
                    yield from self._pieces(child)

    def _note(self, url: str | float | None) -> str:
        address = safe_url(str(url or ""))
        if not address:
            return ""
        if address not in self.text.links:
            self.text.links.append(address)
        return f" [{self.text.links.index(address) + 1}]"

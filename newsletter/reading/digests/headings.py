"""Titles in the Markdown form: the words, the link and whatever else a heading holds."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

# Titles and lone pictures are short. Longer lines are kept as they are.
MAX_INLINE = 4_000

_INLINE = MarkdownIt("commonmark", {"html": False}).disable("html_inline").enable("strikethrough")
# What a mail can't link to is reported later (link_targets.py). Unread, it would join the title.
_INLINE.validateLink = lambda _: True  # type: ignore[assignment]
_MARKUP = re.compile(r"[\\`*_\[\]<&!\n]")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u)"
    r"(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """`also` is Markdown for what a title can't hold: other links, pictures.

    `link_title` is what a mouse would see on the link.
    """

    level: int
    title: str
    url: str
    line: int
    link_title: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    alt: str
    url: str
    title: str


def parse_inline(text: str, references: MutableMapping[str, Any]) -> SyntaxTreeNode:
    """Without the tags of HTML, which a title can't show."""
    if "<" in text and "`" not in text:
        text = _TAG.sub("", text)
    return SyntaxTreeNode(_INLINE.parseInline(text, references)).children[0]


def read_heading(node: SyntaxTreeNode, references: MutableMapping[str, Any]) -> Heading:
    text = node.children[0].content
    if len(text) > MAX_INLINE or not _MARKUP.search(text):
        return Heading(int(node.tag[1]), text.strip(), "", line_of(node))
    inline = parse_inline(text, references)
    links = links_of(inline)
    images = [child for child in inline.walk() if child.type == "image"]
    named = _name_before_link(inline.children)
    also = [written(link) for link in links[0 if named else 1 :]]
    also += [_written_image(image) for image in images]
    return Heading(
        level=int(node.tag[1]),
        title=named or text_of(inline).strip(),
        url=str(links[0].attrs.get("href", "")) if links else "",
        line=line_of(node),
        link_title=str(links[0].attrs.get("title", "")) if links else "",
        also=tuple(also),
    )


def _name_before_link(children: Sequence[SyntaxTreeNode]) -> str:
    """`Ropes` of `Ropes ([website](…))`; "" for a heading of another shape."""
    if len(children) == 1 and children[0].type in ("strong", "em"):
        return _name_before_link(children[0].children)
    if len(children) < 3 or children[-2].type != "link" or children[-1].content.strip() != ")":
        return ""
    before = "".join(map(text_of, children[:-2])).rstrip()
    return before.removesuffix("(").rstrip() if before.endswith("(") else ""


def read_only_image(text: str, references: MutableMapping[str, Any]) -> Image | None:
    """The picture that a paragraph consists of; None where it has anything else."""
    if len(text) > MAX_INLINE or not text.lstrip().startswith("!["):
        return None
    inner = parse_inline(text, references).children
    if len(inner) != 1 or inner[0].type != "image":
        return None
    image = inner[0]
    return Image(text_of(image), str(image.attrs.get("src", "")), str(image.attrs.get("title", "")))


def links_of(inline: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    return [node for node in inline.walk() if node.type == "link"]


def text_of(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline", "text_special"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if node.type == "image":
        return "".join(text_of(child) for child in node.children) or node.content
    return "".join(text_of(child) for child in node.children)


def line_of(node: SyntaxTreeNode) -> int:
    return (node.map[0] if node.map else 0) + 1


def written(link: SyntaxTreeNode) -> str:
    return f"[{text_of(link)}](<{link.attrs.get('href', '')}>{_title_part(link)})"


def _written_image(image: SyntaxTreeNode) -> str:
    return f"![{text_of(image)}](<{image.attrs.get('src', '')}>{_title_part(image)})"


def _title_part(node: SyntaxTreeNode) -> str:
    title = str(node.attrs.get("title", "")).replace("\\", "\\\\").replace('"', '\\"')
    return f' "{title}"' if title else ""

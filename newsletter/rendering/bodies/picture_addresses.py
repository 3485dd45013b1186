"""Where the pictures of a Markdown text are and what is said of them, and the same text with other
addresses for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from newsletter.rendering.bodies.pictures import WIDTH

_PICTURE = re.compile(
    r"(!\[(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*\])*\]\(\s*)"
    r"(<[^<>\n]*>|[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)",
    re.DOTALL,
)
_PARSER = MarkdownIt("commonmark").enable("table")


def picture_addresses(markdown: str) -> tuple[str, ...]:
    """Each once, those of the web alone. What only looks like a picture, in code, is none."""
    return tuple(picture_words(markdown))


def picture_words(markdown: str) -> dict[str, str]:
    """By the address: the words in brackets, of the first place that has some, without a width."""
    words: dict[str, str] = {}
    for image in _images(markdown) if "![" in markdown else ():
        url = str(image.attrGet("src") or "")
        if url.startswith(("https://", "http://")):
            alt = "".join(child.content for child in image.children or ())
            words[url] = words.get(url) or WIDTH.sub("", alt)
    return words


def _images(markdown: str) -> Iterator[Token]:
    for token in _PARSER.parse(markdown):
        yield from (child for child in token.children or () if child.type == "image")


def with_picture_addresses(markdown: str, addresses: Mapping[str, str]) -> str:
    """`addresses` has the new one by the one that `picture_addresses` gave."""
    here = {old: addresses[old] for old in picture_addresses(markdown) if old in addresses}
    if not here:
        return markdown

    def replaced(found: re.Match[str]) -> str:
        spelled = normalizeLink(unescapeAll(found[2].strip("<>")))
        return found[1] + here[spelled] if spelled in here else found[0]

    return _PICTURE.sub(replaced, markdown)

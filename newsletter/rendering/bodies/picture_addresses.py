"""Where the pictures of a Markdown text are, and the same text with other addresses for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import unescapeAll

_PICTURE = re.compile(
    r"(!\[(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*\])*\]\(\s*)"
    r"(<[^<>\n]*>|[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)",
    re.DOTALL,
)
_PARSER = MarkdownIt("commonmark").enable("table")


def picture_addresses(markdown: str) -> tuple[str, ...]:
    """Each once, those of the web alone. What only looks like a picture, in code, is none."""
    if "![" not in markdown:
        return ()
    sources = (
        str(child.attrGet("src") or "")
        for token in _PARSER.parse(markdown)
        for child in token.children or ()
        if child.type == "image"
    )
    found = dict.fromkeys(one for one in sources if one.startswith(("https://", "http://")))
    return tuple(found)


def with_picture_addresses(markdown: str, addresses: Mapping[str, str]) -> str:
    """`addresses` has the new one by the one that `picture_addresses` gave."""
    here = {old: addresses[old] for old in picture_addresses(markdown) if old in addresses}
    if not here:
        return markdown

    def replaced(found: re.Match[str]) -> str:
        spelled = normalizeLink(unescapeAll(found[2].strip("<>")))
        return found[1] + here[spelled] if spelled in here else found[0]

    return _PICTURE.sub(replaced, markdown)

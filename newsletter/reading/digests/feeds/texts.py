"""The texts of a feed's items: HTML or plain text to Markdown, or to one line."""

from __future__ import annotations

from contextlib import suppress

from lxml import etree, html

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.block_markdown import literal
from newsletter.reading.digests.html_pieces import markdown_of_html
from newsletter.reading.digests.html_trees import page_tree


def markdown_of(text: str, *, is_html: bool) -> str:
    if not text.strip():
        return ""
    if not is_html or not ("<" in text or "&" in text):
        return literal(text.strip())
    try:
        return markdown_of_html(f"<div>{text}</div>")[0].strip()
    except InvalidInput:
        return literal(line_of(text))


def refuse_entities(data: bytes) -> None:
    """Raises InvalidInput for XML that may grow without end."""
    if b"<!entity" in data.replace(b"\x00", b"").lower():
        raise InvalidInput(
            "This XML defines entities of its own, as files do that grow without end when they "
            "are read.",
            advice="Ask its publisher for a file without <!ENTITY …>.",
            field="digest",
        )


def line_of(text: str) -> str:
    """Without tags."""
    if "<" in text or "&" in text:
        with suppress(etree.ParserError, ValueError):
            text = str(html.fromstring(f"<div>{text}</div>").text_content())
    return " ".join(text.split())


def feed_link(page: str) -> str:
    """The address of the feed that a page of HTML names; "" for none. It may be relative."""
    tree = page_tree(page) if "alternate" in page else None
    if tree is None:
        return ""
    found = tree.xpath(
        "//link[contains(@rel, 'alternate')][@href]"
        "[contains(@type, 'rss') or contains(@type, 'atom') or contains(@type, 'feed+json')]/@href"
    )
    return str(found[0]).strip() if found else ""

"""HTML as a tree, with clear answers for what can't be one."""

from __future__ import annotations

import re

from lxml import etree, html

from newsletter.domain.errors import InvalidInput

MOST_ELEMENTS = 40_000
"""Each takes about a quarter of a millisecond to become Markdown."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")


def page_tree(text: str) -> html.HtmlElement | None:
    """None for a page with nothing in it. Raises InvalidInput for nesting without measure, and
    for what would take minutes to read.
    """
    parser = html.HTMLParser()
    try:
        tree = html.fromstring(_DECLARATION.sub("", text), parser=parser)
    except (etree.ParserError, ValueError):
        return None
    if any("depth" in error.message.lower() for error in parser.error_log):
        raise InvalidInput(
            "This HTML is nested more than 250 levels deep.",
            advice="Copy the text from a browser and paste that.",
            field="digest",
        )
    count = sum(1 for _ in tree.iter())
    if count > MOST_ELEMENTS:
        raise InvalidInput(
            f"This HTML has {count:,} elements. The limit is {MOST_ELEMENTS:,}.",
            advice="Paste it in parts.",
            field="digest",
        )
    return _with_a_root(tree)


def _with_a_root(tree: html.HtmlElement) -> html.HtmlElement:
    """What is a single element could be dropped, and all of its text with it."""
    if tree.tag in ("html", "body", "div"):
        return tree
    root = html.Element("div")
    root.append(tree)
    return root

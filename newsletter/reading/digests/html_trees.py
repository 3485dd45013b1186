"""HTML as a tree, with clear answers for what can't be one."""

from __future__ import annotations

import re

from lxml import etree, html

from newsletter.domain.errors import InvalidInput

MOST_ELEMENTS = 40_000
"""Each takes about a quarter of a millisecond to become Markdown."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")


_LONGEST_STYLE = 1_000
_MOST_WORDS = 500  # characters
_HIDING = re.compile(
    r"(?<![\w-])(?:display:\s*none|mso-hide:\s*all|visibility:\s*hidden)\b", re.IGNORECASE
)


def drop_hidden(tree: html.HtmlElement) -> list[tuple[int, str]]:
    """What a page hides by its style, such as the preview text of a mail, with its line."""
    dropped: list[tuple[int, str]] = []
    for element in list(tree.iter()):
        style = element.get("style", "")[:_LONGEST_STYLE] if isinstance(element.tag, str) else ""
        if _HIDING.search(style) and element.getparent() is not None:
            dropped.append((element.sourceline or 1, words_and_links(element)))
            element.drop_tree()
    return dropped


def words_and_links(element: html.HtmlElement) -> str:
    """The beginning of what it says, and each address that it leads to."""
    words = " ".join(element.text_content().split())[:_MOST_WORDS]
    links = [href for link in element.iter("a") if "://" in (href := str(link.get("href")))]
    return " ".join(filter(None, [words, *links]))


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

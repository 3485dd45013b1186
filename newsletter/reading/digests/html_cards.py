"""Tables that only place things, such as the cards of a mail: picture, title, text and button.
They become what a phone shows, one below the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from lxml import html

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("p", "div", "ul", "ol", "table", "blockquote")
_TEXTS = ("td", "th", "p", "div")
_BOLD = ("b", "strong")
_STYLED_BOLD = re.compile(r"font-weight:\s{0,5}(?:bold|[6-9]00)", re.IGNORECASE)
LONGEST_BUTTON = 30
LONGEST_TITLE = 140


def unfold_layout(tree: html.HtmlElement) -> None:
    """Changes it in place. Tables of data stay."""
    for table in list(tree.iter("table")):
        rows = table.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")
        if _is_layout(table, [row.xpath("./td | ./th") for row in rows]):
            _unfold(table, rows)
    _name_cards(tree)


def _is_layout(table: html.HtmlElement, cells: Sequence[Sequence[html.HtmlElement]]) -> bool:
    """Of one row or one column, or with cards in it."""
    is_line = len(cells) < 2 or max(map(len, cells)) < 2
    if is_line or table.get("role") in ("presentation", "none"):
        return True
    if any(True for tag in ("table", *_HEADINGS) for _ in table.iterdescendants(tag)):
        return True
    links = [[str(link.get("href")) for cell in row for link in cell.iter("a")] for row in cells]
    if any(len(set(row)) < len(row) for row in links):
        return True
    is_list = all(len(row) == 1 for row in links if row)
    return not is_list and any(_is_card(cell) for row in cells for cell in row)


def _is_card(cell: html.HtmlElement) -> bool:
    """A link, and text on other lines."""
    has_lines = cell.find(".//br") is not None or sum(one.tag in _BLOCKS for one in cell) > 1
    return has_lines and cell.find(".//a") is not None


def _unfold(table: html.HtmlElement, rows: Sequence[html.HtmlElement]) -> None:
    cells = [cell for row in rows for cell in row.xpath("./td | ./th")]
    for element in [table, *table.xpath("./thead | ./tbody | ./tfoot"), *rows, *cells]:
        element.tag = "div"


def _name_cards(tree: html.HtmlElement) -> None:
    """A title above a button becomes its link, where several buttons say the same."""
    labels: dict[str, set[str]] = defaultdict(set)
    for link in filter(_is_alone, tree.iter("a")):
        labels[_words(link, LONGEST_BUTTON).casefold()].add(str(link.get("href")))
    buttons = {label for label, urls in labels.items() if label and len(urls) > 1}
    if not buttons:
        return
    titled = {str(link.get("href")) for link in tree.iter("a") if _is_title(link, buttons)}
    title: html.HtmlElement | None = None
    for element in list(tree.iter("a", *_HEADINGS, *_TEXTS)):
        if element.tag != "a":
            title = element if _may_be_title(element) else title
        elif _is_alone(element) and _words(element, LONGEST_BUTTON).casefold() in buttons:
            if title is not None and element.get("href") not in titled:
                _link_title(title, str(element.get("href")))
            title = None


def _is_alone(link: html.HtmlElement) -> bool:
    """In its block."""
    words, block = _words(link, LONGEST_BUTTON), link.getparent()
    while block is not None and block.tag in ("span", "b", "strong", "center"):
        block = block.getparent()
    if not words or block is None or block.tag == "li":
        return False
    above = link.getprevious()
    is_on_own_line = above is not None and above.tag == "br" and not (above.tail or "").strip()
    return is_on_own_line or _words(block, LONGEST_BUTTON) == words


def _is_title(link: html.HtmlElement, buttons: set[str]) -> bool:
    words = _words(link, LONGEST_TITLE)
    return bool(words) and words.casefold() not in buttons


def _may_be_title(element: html.HtmlElement) -> bool:
    """A heading or a bold block, without a link."""
    if not _words(element, LONGEST_TITLE) or element.find(".//a") is not None:
        return False
    if element.tag in _HEADINGS:
        return True
    if _STYLED_BOLD.search(element.get("style", "")[:1_000]) and len(element) == 0:
        return True
    is_alone = len(element) == 1 and not (element.text or "").strip()
    return is_alone and element[0].tag in _BOLD and not (element[0].tail or "").strip()


def _link_title(title: html.HtmlElement, url: str) -> None:
    link = html.Element("a", href=url)
    link.text, title.text = title.text, None
    link.extend(list(title))
    title.append(link)
    title.tag = title.tag if title.tag in _HEADINGS else "h3"


def _words(element: html.HtmlElement, longest: int) -> str:
    """What it says; "" where that is longer."""
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > 4 * longest:
            return ""
    words = " ".join("".join(pieces).split())
    return words if len(words) <= longest else ""

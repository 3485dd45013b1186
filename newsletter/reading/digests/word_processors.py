"""What word processors and mail programs put into HTML, made plain: Word's lists that are
paragraphs, redirects that count clicks, and emphasis that is a style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from lxml import html

from newsletter.reading.digests.html_lists import mend_lists

LONGEST_STYLE = 1_000

_BOLD = re.compile(r"(?<![\w-])font-weight:\s*(?:bold|bolder|[6-9]00)\b", re.IGNORECASE)
_NOT_BOLD = re.compile(r"(?<![\w-])font-weight:\s*(?:normal|lighter|[1-5]00)\b", re.IGNORECASE)
_ITALIC = re.compile(r"(?<![\w-])font-style:\s*(?:italic|oblique)\b", re.IGNORECASE)
_NOT_ITALIC = re.compile(r"(?<![\w-])font-style:\s*normal\b", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]*:[^;]*line-through", re.IGNORECASE)
_WORD_LIST = re.compile(r"mso-list:\s*(l\d+)\s+level(\d+)", re.IGNORECASE)
_MARK_OF_ITEM = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBERED = re.compile(r"^\W*(?:\d{1,3}|[a-z])[.)]", re.IGNORECASE)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "th"))
_LINE_BREAK = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_REDIRECTS = {
    re.compile(r"(?:www\.)?google\.[a-z.]{2,6}/url"): "q",
    re.compile(r"[a-z0-9.-]+\.safelinks\.protection\.outlook\.com/.*"): "url",
    re.compile(r"lm?\.(?:facebook|instagram)\.com/.*"): "u",
    re.compile(r"(?:www\.)?youtube\.com/redirect"): "q",
    re.compile(r"slack-redir\.net/link"): "url",
    re.compile(r"out\.reddit\.com/.*"): "url",
    re.compile(r"t\.umblr\.com/redirect"): "z",
}
"""By host and path, the field of the query that has the address."""
_URL_DEFENSE = re.compile(r"https://urldefense\.com/v3/__(https?:/[^\s]+?)__;")


def make_plain(tree: html.HtmlElement) -> None:
    """Changes it in place."""
    _join_lines(tree)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        if ":" in element.tag and element.getparent() is not None:
            element.drop_tag()
        elif element.tag == "a":
            element.attrib.update(_without_redirect(element.get("href", "")))
        elif "style" in element.attrib:
            _take_emphasis_from_style(element)
    _make_lists(tree)
    mend_lists(tree)


def _join_lines(tree: html.HtmlElement) -> None:
    """A line break in the source is a blank, but in what is preformatted."""
    typed = {one for pre in tree.iter("pre") for one in pre.iter()}
    for element in tree.iter():
        if element.text and element not in typed and isinstance(element.tag, str):
            element.text = _joined(element.text)
        if element.tail and (element not in typed or element.tag == "pre"):
            element.tail = _joined(element.tail)


def _joined(text: str) -> str:
    return _LINE_BREAK.sub(" ", text) if text.strip() else text


def _without_redirect(href: str) -> dict[str, str]:
    """Word processors, mail programs and filters lead through addresses of their own."""
    if defended := _URL_DEFENSE.match(href):
        return {"href": re.sub(r"^(https?:)/+", r"\1//", defended[1])}
    try:
        parts = urlsplit(href)
        place = f"{parts.hostname or ''}{parts.path}"
    except ValueError:
        return {}
    field = next((name for at, name in _REDIRECTS.items() if at.fullmatch(place)), "")
    found = parse_qs(parts.query).get(field, [])
    return {"href": found[0]} if found and found[0].startswith("http") else {}


def _take_emphasis_from_style(element: html.HtmlElement) -> None:
    style = element.get("style", "")[:LONGEST_STYLE]
    is_not = _NOT_BOLD if element.tag in ("b", "strong") else _NOT_ITALIC
    if element.tag in ("b", "strong", "i", "em") and is_not.search(style):
        element.drop_tag()
    elif element.tag == "span" and (element.text_content().strip()):
        is_heading = any(above.tag in _HEADINGS for above in element.iterancestors())
        if _BOLD.search(style) and not is_heading:
            element.tag = "b"
        elif _ITALIC.search(style):
            element.tag = "em"
        elif _STRUCK.search(style):
            element.tag = "s"


def _make_lists(tree: html.HtmlElement) -> None:
    """Word's items are paragraphs that say their level, with their mark in a span."""
    for run in list(_runs_of_items(tree)):
        first, open_lists = run[0][0], list[tuple[int, html.HtmlElement]]()
        for item, level in run:
            while open_lists and open_lists[-1][0] > level:
                open_lists.pop()
            if not open_lists or open_lists[-1][0] < level:
                made = html.Element("ol" if _is_numbered(item) else "ul")
                if open_lists and len(open_lists[-1][1]):
                    open_lists[-1][1][-1].append(made)
                else:
                    first.addprevious(made)
                open_lists.append((level, made))
            _drop_mark(item)
            item.tag = "li"
            tail, item.tail = item.tail, None
            open_lists[-1][1].append(item)
            if tail and tail.strip():
                open_lists[0][1].tail = (open_lists[0][1].tail or "") + tail


def _runs_of_items(tree: html.HtmlElement) -> Iterator[list[tuple[html.HtmlElement, int]]]:
    """Another list at the outermost level is a run of its own."""
    run: list[tuple[html.HtmlElement, int]] = []
    named = ""
    for element in tree.iter("p"):
        found = _WORD_LIST.search(element.get("style", "")[:LONGEST_STYLE])
        is_other = found is not None and found[2] == "1" and found[1] != named
        if run and (found is None or is_other or element.getprevious() is not run[-1][0]):
            yield run
            run = []
        if found:
            named = found[1] if found[2] == "1" or not run else named
            run.append((element, int(found[2])))
    if run:
        yield run


def _is_numbered(item: html.HtmlElement) -> bool:
    return any(bool(_NUMBERED.match(mark.text_content())) for mark in _marks(item))


def _drop_mark(item: html.HtmlElement) -> None:
    for mark in _marks(item):
        mark.drop_tree()


def _marks(item: html.HtmlElement) -> list[html.HtmlElement]:
    return [one for one in item.iter("span") if _MARK_OF_ITEM.search(one.get("style", ""))]

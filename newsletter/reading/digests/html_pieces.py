"""HTML to Markdown: whole pages, pasted rich text, and the pieces within a Markdown digest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree, html
from markdown_it import MarkdownIt

from newsletter.reading.digests.html_cards import unfold_layout
from newsletter.reading.digests.html_trees import drop_hidden, page_tree
from newsletter.reading.digests.word_processors import make_plain

_PARSER = MarkdownIt("commonmark").disable(["inline"])
_PAGE = re.compile(r"<!doctype html|<html[\s>]|<body[\s>]|\A\s*<meta\s", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"<(p|div|ul|ol|li|h[1-6]|table|article|section|blockquote|br)\b", re.IGNORECASE
)
_WITH_LINKS = re.compile(r"<(?:a|img|table|iframe|video|audio)\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"^ {0,3}(?:#{1,6}[ \t]|[-*+>][ \t]|\d{1,3}[.)][ \t]|!?\[)")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*?(/?)>")
_VOID = frozenset("area br col hr img input link meta source wbr".split())
_BLANK_LINE = re.compile(r"\n[ \t]+(?=\n)")
_WEB = ("http", "https")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20]+")
_PLAYERS = ("iframe", "video", "audio")
_INVISIBLE = (
    "script style head title template noscript iframe object embed svg math nav form button xml"
).split()


def is_html(text: str) -> bool:
    """A page, or a piece of one: most of its lines begin with tags."""
    start = text[:2_000]
    if _PAGE.search(start):
        return True
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines or len(_BLOCK_TAG.findall(text)) < 4:
        return False
    tagged = sum(1 for line in lines if line.startswith("<") and _BLOCK_TAG.match(line))
    is_marked = "](" in text or any(map(_MARKDOWN.match, lines))
    return 2 * tagged >= len(lines) or bool(_BLOCK_TAG.match(lines[0]) and not is_marked)


def markdown_of_html(text: str, *, is_pasted: bool = False) -> tuple[str, str]:
    """The Markdown, and what the page is called. Pasted into a text, it has no link or picture that
    a mail can't have: their words stay. In a digest such a link is reported.
    """
    tree = page_tree(text)
    if tree is None:
        return "", ""
    found = tree.xpath("//head/title/text()")
    title = " ".join(str(found[0]).split()) if found else ""
    body = _without_invisible(tree)
    if is_pasted:
        _drop_unusable(body)
    markdown = _converted(body)
    markdown = _BLANK_LINE.sub("\n", markdown)
    return re.sub(r"\n{3,}", "\n\n", markdown).strip() + "\n", title


def markdown_of_html_blocks(text: str) -> str:
    """Of a Markdown digest: each block of HTML that has links or pictures, on as many lines."""
    if "<" not in text or not _WITH_LINKS.search(text):
        return text
    lines = text.split("\n")
    for start, end in reversed(list(_html_blocks(text, lines))):
        source = "\n".join(lines[start:end])
        if _WITH_LINKS.search(source):
            made = _piece(source).split("\n")
            lines[start:end] = made + [""] * max(0, end - start - len(made))
    return "\n".join(lines)


def _html_blocks(text: str, lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    for token in _PARSER.parse(text):
        if token.type == "html_block" and token.map and token.level == 0:
            yield token.map[0], _end_of_html(lines, *token.map)


def _end_of_html(lines: Sequence[str], start: int, end: int) -> int:
    """For CommonMark, HTML goes on up to a blank line. Editors begin Markdown when it is closed."""
    depth = 0
    for at in range(start, end):
        if at > start and depth <= 0 and _MARKDOWN.match(lines[at]):
            return at
        for tag in _TAG.finditer(lines[at]):
            if tag[2].lower() not in _VOID and not tag[3]:
                depth += -1 if tag[1] else 1
    return end


def _piece(source: str) -> str:
    try:
        tree = html.fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, ValueError):
        return source
    return _converted(_without_invisible(tree)).strip()


def _without_invisible(tree: html.HtmlElement) -> html.HtmlElement:
    """Comments go by themselves, scripts and the like here; the words behind them stay."""
    for player in list(tree.iter(*_PLAYERS)):
        _link_instead(player)
    unfold_layout(tree)
    for element in list(tree.iter(*_INVISIBLE, etree.Comment, etree.PI)):
        if element.getparent() is not None:
            element.drop_tree()
    drop_hidden(tree)
    make_plain(tree)
    body = tree.find(".//body")
    return tree if body is None else body


def _drop_unusable(tree: html.HtmlElement) -> None:
    for link in list(tree.iter("a")):
        if not _is_usable(link.get("href", ""), "mailto"):
            link.drop_tag()
    for picture in list(tree.iter("img")):
        if not _is_usable(picture.get("src", "")):
            picture.tag, picture.text = "span", picture.get("alt")


def _is_usable(address: str, *also: str) -> bool:
    """As browsers read it, without what can't be seen. One without a scheme is completed later."""
    scheme = _SCHEME.match(_UNSEEN.sub("", address))
    return bool(address.strip()) and (scheme is None or scheme[1].lower() in (*_WEB, *also))


def _converted(tree: html.HtmlElement) -> str:
    from newsletter.reading.digests.html_converter import convert  # noqa: PLC0415  its parser is large

    return convert(html.tostring(tree, encoding="unicode"))


def _link_instead(player: html.HtmlElement) -> None:
    """A mail plays nothing: it links to what would be played, in a quote, as it is no entry."""
    sources = [player, *player.iter("source")]
    url = next((str(one.get("src")) for one in sources if one.get("src")), "")
    if url and player.getparent() is not None:
        link = html.Element("a", href=url)
        link.text = str(player.get("title") or url)
        quote = html.Element("blockquote")
        quote.append(link)
        player.addprevious(quote)
        player.drop_tree()

"""What a page shows to people, piece by piece: what the digest made of it is held against."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.html_trees import drop_hidden, page_tree, words_and_links
from newsletter.reading.digests.word_processors import make_plain

_BLOCKS = frozenset(
    (
        "address article aside blockquote body dd div dl dt figcaption figure footer h1 h2 h3 h4 "
        "h5 h6 header hr li main ol p pre section table tbody td tfoot th thead tr ul br"
    ).split()
)
_NEVER_SHOWN = ("script", "style", "head", "title", "template", "noscript", "svg", "math")
_OF_THE_PAGE = ("nav", "form", "button")
_HIDDEN = "The page hides it."
_PADDING = re.compile("[\u00a0\u00ad\u034f\u200b-\u200f\u2007\ufeff]+")
_WORD = re.compile(r"\w")
_LONGEST_PREVIEW = 300
_WHY = "Menus, forms and buttons of a page are not taken over into a mail."


def texts_of_html(text: str) -> tuple[tuple[int, str], ...]:
    """Each block with its line; the addresses of its links are in it."""
    tree = page_tree(text)
    if tree is None:
        return ()
    _drop(tree, *_NEVER_SHOWN, *_OF_THE_PAGE)
    drop_hidden(tree)
    make_plain(tree)
    return tuple(_pieces(tree))


def parts_of_page(text: str) -> tuple[Unplaced, ...]:
    """What of a page is dropped, and has words in it."""
    tree = page_tree(text)
    if tree is None:
        return ()
    _drop(tree, *_NEVER_SHOWN)
    hidden = [Unplaced(line, words, _HIDDEN) for line, words in drop_hidden(tree) if words]
    found = [(part.sourceline, words_and_links(part)) for part in tree.iter(*_OF_THE_PAGE)]
    return (*hidden, *(Unplaced(line or 1, words, _WHY) for line, words in found if words))


def preview_of_page(text: str) -> str:
    """The first words that it hides: mail programs show them beside the subject."""
    tree = page_tree(text) if "style" in text else None
    if tree is None:
        return ""
    _drop(tree, *_NEVER_SHOWN)
    hidden = (_PADDING.sub("", words).strip() for _, words in drop_hidden(tree))
    return next((words[:_LONGEST_PREVIEW] for words in hidden if _WORD.search(words)), "")


def _drop(tree: html.HtmlElement, *tags: str) -> None:
    for element in list(tree.iter(*tags, etree.Comment, etree.ProcessingInstruction)):
        if element.getparent() is not None:
            element.drop_tree()


def _pieces(tree: html.HtmlElement) -> Iterator[tuple[int, str]]:
    line, words = 1, list[str]()
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag in _BLOCKS:
            yield from [(line, _joined("".join(words)))] if words else []
            words = []
        if event == "end":
            words.append(element.tail or "")
            continue
        line = line if words and element.tag not in _BLOCKS else element.sourceline or line
        words.append(element.text or "")
        if element.tag == "a":
            words.append(f" {element.get('href', '')} ")
    if words:
        yield line, _joined("".join(words))


def _joined(text: str) -> str:
    return " ".join(text.split())

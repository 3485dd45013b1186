"""Bookmarks in HTML, as browsers, Pinboard and Raindrop export them.

https://learn.microsoft.com/en-us/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa753582(v=vs.85)
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from newsletter.reading.digests.feeds.feed import Feed, FeedItem, TextForm
from newsletter.reading.digests.inline_html import attributes

_FORM = re.compile(r"\A\s*<!DOCTYPE\s+NETSCAPE-Bookmark-file-1>", re.IGNORECASE)
_TITLE = re.compile(r"<H1>([^<]{1,300})</H1>", re.IGNORECASE)
_PIECE = re.compile(
    r"<H3(?:\s[^<>]*)?>(?P<folder>[^<]*)|<A\s(?P<said>[^<>]*)>(?P<title>[^<]*)"
    r"|<DD>(?P<text>[^<]*)|<(?P<list>/?DL)\b",
    re.IGNORECASE,
)


def read_bookmarks(text: str) -> Feed | None:
    """None for a text of another form. A folder is the section of what stands right in it."""
    if not _FORM.match(text):
        return None
    items: list[FeedItem] = []
    folders, named = [""], ""
    for piece in _PIECE.finditer(text):
        if piece["folder"] is not None:
            named = _line(piece["folder"])
        elif piece["said"] is not None:
            items.append(_item(piece, folders[-1]))
        elif piece["text"] is not None and items:
            items[-1] = replace(items[-1], text=unescape(piece["text"]).strip())
        elif piece["list"]:
            _enter_or_leave(folders, piece["list"], named)
    title = _TITLE.search(text)
    return Feed(_line(title[1]) if title else "", tuple(items))


def _enter_or_leave(folders: list[str], tag: str, named: str) -> None:
    if not tag.startswith("/"):
        folders.append(named if len(folders) > 1 else "")
    elif len(folders) > 1:
        folders.pop()


def _item(piece: re.Match[str], folder: str) -> FeedItem:
    url = attributes(piece["said"]).get("href", "")
    return FeedItem(_line(piece["title"]) or url, url, form=TextForm.PLAIN, category=folder)


def _line(text: str) -> str:
    return " ".join(unescape(text).split())

"""A mail as a reader's program shows it: light or dark, and without the styles that some drop."""

from __future__ import annotations

import re
from enum import StrEnum


class View(StrEnum):
    BOTH = "both"
    DESKTOP = "desktop"
    PHONE = "phone"
    DARK = "dark"
    PICTURES_OFF = "pictures-off"
    TEXT = "text"
    UNSTYLED = "unstyled"
    """As Gmail shows mail in accounts of other providers: without any `<style>`."""


_DARK_QUERY = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_SCHEME_IN_STYLE = re.compile(r"(color-schemes?\s*:\s*)light\s+dark", re.IGNORECASE)
_SCHEME_IN_META = re.compile(
    r'(<meta name="(?:supported-)?color-schemes?" content=")light dark(")', re.IGNORECASE
)
_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SOURCE = re.compile(r'\ssrc="[^"]*"', re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)


def as_seen(html: str, view: View, *, with_pictures: bool = True, ours: str = "") -> str:
    """The same mail in that view, whatever the browser that shows it prefers itself.

    Without pictures, their alternative text is shown, and nothing is loaded from other sites.
    Pictures whose address begins with `ours` are shown all the same.
    """
    if not with_pictures:
        html = _PICTURE.sub(lambda tag: _without_source(tag[0], ours), html)
    if view is View.UNSTYLED:
        html = _STYLE.sub("", html)
    scheme = "dark" if view is View.DARK else "light"
    html = _DARK_QUERY.sub("@media all" if scheme == "dark" else "@media not all", html)
    html = _SCHEME_IN_META.sub(rf"\g<1>{scheme}\g<2>", html)
    return _SCHEME_IN_STYLE.sub(rf"\g<1>{scheme}", html)


def has_pictures(html: str, *, except_ours: str) -> bool:
    """Whether it has any whose address does not begin with `except_ours`."""
    return any(_without_source(tag, except_ours) != tag for tag in _PICTURE.findall(html))


def _without_source(tag: str, ours: str) -> str:
    return tag if ours and f' src="{ours}' in tag else _SOURCE.sub("", tag)

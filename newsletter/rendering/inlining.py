"""The style sheet of bodies, written into their tags: many readers' programs see nothing else.

The only door to premailer, which is unmaintained. It gets fragments that went through nh3: a
`style` attribute in them would end up in a cache that all documents share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement
from premailer import Premailer

from newsletter.config import PROJECT_ROOT

TYPE_CSS = PROJECT_ROOT / "templates" / "email" / "type.css"

_SIDE = re.compile(r"\b(left|right)\b")


def inline_styles(fragments: Sequence[str], direction: str) -> list[str]:
    """Each fragment with the rules of type.css as `style` attributes; the tags stay as they are."""
    pieces = "".join(f'<div class="piece">{fragment}</div>' for fragment in fragments)
    parser = etree.HTMLParser(huge_tree=True, encoding="utf-8")
    tree = etree.fromstring(f"<html><body>{pieces}</body></html>".encode(), parser)
    Premailer(
        tree,
        css_text=[_style_sheet(direction)],
        keep_style_tags=False,
        strip_important=False,
        disable_validation=True,
        disable_leftover_css=True,
        disable_basic_attributes=["width", "height", "align", "bgcolor"],
        disable_link_rewrites=True,
        allow_network=False,
        allow_loading_external_files=False,
    ).transform(pretty_print=False)
    return [_inner_html(piece) for piece in tree.iterfind("body/div")]


def _inner_html(piece: HtmlElement) -> str:
    inner: str = etree.tostring(piece, method="html", encoding="unicode", with_tail=False)
    return inner[inner.index(">") + 1 : -len("</div>")]


@lru_cache(maxsize=2)
def _style_sheet(direction: str) -> str:
    """Left and right change places for right-to-left text; code alone stays as it is."""
    css = TYPE_CSS.read_text(encoding="utf-8")
    if direction == "rtl":
        css = _SIDE.sub(lambda side: "right" if side[0] == "left" else "left", css)
    return css

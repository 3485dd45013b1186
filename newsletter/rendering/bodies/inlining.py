"""The style sheet of bodies, written into their tags: many readers' programs see nothing else.

The only door to premailer, which is unmaintained. It gets fragments that went through nh3: a
`style` attribute in them would end up in a cache that all documents share.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

_AS_WRITTEN = {"strip_important": False, "disable_validation": True}


def inline_styles(fragments: Sequence[str], style_sheet: str) -> list[str]:
    """Each fragment with the rules as `style` attributes; the tags stay as they are."""
    pieces = "".join(f'<div class="piece">{fragment}</div>' for fragment in fragments)
    parser = etree.HTMLParser(huge_tree=True, encoding="utf-8")
    tree = etree.fromstring(f"<html><body>{pieces}</body></html>".encode(), parser)
    _Inliner(
        tree,
        css_text=[style_sheet],
        keep_style_tags=False,
        disable_leftover_css=True,
        **_AS_WRITTEN,
        disable_basic_attributes=["width", "height", "align", "bgcolor"],
        disable_link_rewrites=True,
        allow_network=False,
        allow_loading_external_files=False,
    ).transform(pretty_print=False)
    for styled in tree.iter():
        if "style" in styled.attrib:
            styled.set("style", styled.get("style").replace("; ", ";"))
    for picture in tree.iter("img"):
        _fix_width(picture)
    return [_inner_html(piece) for piece in tree.iterfind("body/div")]


def _premailer() -> Any:
    """It would load an HTTP client, 7 MB, for style sheets on the web, which we never let it fetch:
    it gets an empty one.
    """
    is_loaded = "requests" in sys.modules
    sys.modules.setdefault("requests", ModuleType("requests"))
    try:
        from premailer import Premailer  # noqa: PLC0415
    finally:
        if not is_loaded:
            del sys.modules["requests"]
    return Premailer


_Premailer = _premailer()


class _Inliner(_Premailer):  # type: ignore[misc, valid-type]  # it has no types
    """Takes a style sheet apart once: that costs more than all the rest of the inlining."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        rules, leftover = _rules_of(css_body, ruleset_index)
        return [*rules], [*leftover]


@lru_cache(maxsize=32)
def _rules_of(style_sheet: str, index: int) -> tuple[list[Any], list[Any]]:
    reader = _Premailer("", **_AS_WRITTEN)
    rules, leftover = reader._parse_style_rules(style_sheet, index)  # noqa: SLF001  what is kept
    return rules, leftover


def _fix_width(picture: HtmlElement) -> None:
    """One that was asked for holds everywhere; the widest possible is for Outlook alone."""
    if picture.get("class") == "fixed":
        del picture.attrib["class"]
        style = picture.get("style", "")
        picture.set("style", style.replace("width:auto", f"width:{picture.get('width')}px", 1))


def _inner_html(piece: HtmlElement) -> str:
    inner: str = etree.tostring(piece, method="html", encoding="unicode", with_tail=False)
    return inner[inner.index(">") + 1 : -len("</div>")]

"""What templates know of the look: the sides of the text, its fonts, and two sets of colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from newsletter.domain.newsletters.themes import (
    FONTS,
    Palette,
    Theme,
    dark_palette,
    light_palette,
    theme_of,
)
from newsletter.rendering.templates.mjml import Attribute
from newsletter.rendering.templates.words import Language

GUTTER_PX = 24
_BREAKPOINT_MARGIN_PX = 20

_OF_SCRIPT = {
    "zh": ("PingFang SC,Microsoft YaHei", "Songti SC,SimSun"),
    "zh-Hant": ("PingFang TC,Microsoft JhengHei", "Songti TC,PMingLiU"),
    "ja": ("Hiragino Sans,Yu Gothic", "Hiragino Mincho ProN,Yu Mincho"),
    "ko": ("Apple SD Gothic Neo,Malgun Gothic", "AppleMyungjo,Batang"),
}
"""Sans and serif: without them Outlook shows such text in whatever it finds first."""


@dataclass(frozen=True, slots=True)
class Look:
    """`start` and `end` are left and right, or right and left where text runs that way.

    `width` is the card's, `inner_width` that of text and pictures in it, `narrow` where the
    phone's layout begins; all in pixels.
    """

    lang: Attribute
    direction: Attribute
    start: Attribute
    end: Attribute
    font: Attribute
    outlook_font: Attribute
    line_height: Attribute
    width: Attribute
    inner_width: Attribute
    narrow: Attribute
    logo_url: str
    logo_alt: str
    logo_width: Attribute


def look_of(theme: Theme, language: Language) -> Look:
    is_rtl = language.direction == "rtl"
    font, outlook_font = _fonts(theme, language)
    return Look(
        lang=Attribute(language.tag),
        direction=Attribute(language.direction),
        start=Attribute("right" if is_rtl else "left"),
        end=Attribute("left" if is_rtl else "right"),
        font=Attribute(font),
        outlook_font=Attribute(outlook_font),
        line_height=Attribute("1.75" if language.locale.language in _OF_SCRIPT else "1.55"),
        width=Attribute(str(theme.width)),
        inner_width=Attribute(str(inner_width(theme))),
        narrow=Attribute(str(theme.width + _BREAKPOINT_MARGIN_PX)),
        logo_url=theme.logo_url,
        logo_alt=theme.logo_alt,
        logo_width=Attribute(str(theme.logo_width)),
    )


def inner_width(theme: Theme) -> int:
    return theme.width - 2 * GUTTER_PX


def look_values(stored: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """`look`, `light` and `dark`, as every template finds them."""
    theme = theme_of(stored)
    return {
        "look": look_of(theme, language),
        "light": _visible(light_palette(theme)),
        "dark": _visible(dark_palette(theme)),
    }


def _visible(palette: Palette) -> Palette:
    """Its colours as values that the MJML compiler may see."""
    return Palette(**{one.name: Attribute(getattr(palette, one.name)) for one in fields(Palette)})


def _fonts(theme: Theme, language: Language) -> tuple[str, str]:
    is_serif = theme.font == "serif"
    tag = "zh-Hant" if language.locale.script == "Hant" else language.locale.language
    own = _OF_SCRIPT.get(tag, ("", ""))[is_serif]
    generic = "serif" if is_serif else "sans-serif"
    outlook = "Georgia" if is_serif else "Segoe UI,Arial"
    listed = [FONTS[theme.font], own, generic]
    return ",".join(filter(None, listed)), ",".join(filter(None, [outlook, own, generic]))

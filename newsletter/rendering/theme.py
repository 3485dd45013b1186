"""The colours and sides of a mail. A newsletter's theme may give its own header and accent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newsletter.rendering.mjml import Attribute
from newsletter.rendering.words import Language

FONT = "-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Look:
    """`start` and `end` are left and right, or right and left where text runs that way."""

    lang: Attribute
    direction: Attribute
    start: Attribute
    end: Attribute
    font: Attribute
    header: Attribute
    on_header: Attribute
    on_header_muted: Attribute
    accent: Attribute


def look_of(theme: Mapping[str, Any], language: Language) -> Look:
    header = _colour(theme.get("header"), "#14213d")
    is_dark = _luminance(header) < 0.4
    is_rtl = language.direction == "rtl"
    return Look(
        lang=Attribute(language.tag),
        direction=Attribute(language.direction),
        start=Attribute("right" if is_rtl else "left"),
        end=Attribute("left" if is_rtl else "right"),
        font=Attribute(FONT),
        header=Attribute(header),
        on_header=Attribute("#ffffff" if is_dark else "#1f2328"),
        on_header_muted=Attribute("#c7d2e8" if is_dark else "#3d4752"),
        accent=Attribute(_colour(theme.get("accent"), "#fca311")),
    )


def _colour(wanted: object, default: str) -> str:
    """A colour that is not `#rrggbb` is not worth an issue: the house's own is taken."""
    if isinstance(wanted, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", wanted):
        return wanted.lower()
    return default


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

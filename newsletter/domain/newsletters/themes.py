"""How a newsletter's emails and readers' pages look: colours, chosen and derived, their contrast.

Derived colours are always readable. Chosen ones are checked when they are saved.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from newsletter.domain.pictures import is_media_address

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3 (AA), for text of ordinary size."""

WIDTHS = range(480, 701)
LOGO_WIDTHS = range(24, 401)
FONTS = {
    "sans": "-apple-system,Segoe UI,Roboto,Arial",
    "serif": "Georgia,Times New Roman,Times",
}
"""The families of each, without the generic one."""
PICTURES = (".png", ".jpg", ".jpeg", ".gif")
"""Formats that every mail program shows. Outlook shows neither WebP nor SVG, Gmail no SVG."""

_CODE, _SPONSOR = "#f0f3f7", "#fff8e6"
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LONGEST_URL = 1000
LONGEST_ALT = 150
_UNSAFE_IN_URL = re.compile(r"[^!-~]|[\"'<>\\^`{|}]")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours are #rrggbb in lower case, widths in pixels; `logo_url` is "" for none."""

    header: str = "#14213d"
    accent: str = "#fca311"
    background: str = "#f3f4f6"
    text: str = "#1f2328"
    link: str = "#0a58ca"
    width: int = 600
    font: str = "sans"
    logo_url: str = ""
    logo_alt: str = ""
    logo_width: int = 160
    social_url: str = ""
    """The picture that other sites show beside a link to a page of the newsletter."""

    def to_json(self) -> dict[str, Any]:
        """Only what was chosen. The rest follows the default theme when that changes."""
        return {
            key: value
            for key, value in asdict(self).items()
            if value != getattr(DEFAULT_THEME, key)
        }


DEFAULT_THEME = Theme()
COLOURS = {
    "header": "header",
    "accent": "accent",
    "background": "background",
    "text": "text",
    "link": "links",
}
"""The fields that hold one, and what it is called."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of a mail, light or dark. `on_x` is text on the background `x`."""

    page: str
    on_page: str
    card: str
    band: str
    code: str
    text: str
    muted: str
    link: str
    chip: str
    on_chip: str
    rule: str
    header: str
    on_header: str
    on_header_muted: str
    accent: str
    sponsor: str
    on_sponsor: str
    button: str
    on_button: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Text on a background, as the templates put them together; `field` is the one to change."""

    text_name: str
    background_name: str
    text: str
    background: str
    field: str

    @property
    def ratio(self) -> float:
        return contrast(self.text, self.background)

    @property
    def problem(self) -> str:
        """Empty for one that can be read."""
        if self.ratio >= LEAST_CONTRAST:
            return ""
        return (
            f"The contrast of the {self.text_name} ({self.text}) on the {self.background_name} "
            f"({self.background}) is {_rounded_down(self.ratio)}:1. "
            f"It must be at least {LEAST_CONTRAST}:1."
        )


def theme_of(stored: Mapping[str, Any]) -> Theme:
    """The saved theme. Defaults replace unreadable values, so that they stop no issue."""
    typed = {key: str(value) for key, value in stored.items()}
    theme, problems = read_theme(typed)
    if not problems:
        return theme
    return read_theme({key: value for key, value in typed.items() if key not in problems})[0]


def read_theme(typed: Mapping[str, str]) -> tuple[Theme, dict[str, str]]:
    """The theme from a form, and its problems by field. Empty fields take the default."""
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field in fields(Theme):
        text = typed.get(field.name, "").strip()
        if text:
            values[field.name], problem = _READERS[field.name](text)
            if problem:
                problems[field.name] = problem
    theme = Theme(**{name: value for name, value in values.items() if name not in problems})
    if theme.logo_url and not theme.logo_alt and "logo_alt" not in problems:
        problems["logo_alt"] = "Describe the logo. Readers see this text when pictures are off."
    return theme, problems


def readable(theme: Theme) -> Theme:
    """Chosen colours in their hue, as light or dark as it takes to read them: old rows and restored
    ones may hold any. A theme without a problem stays as it is.
    """
    band = _band(theme.background)
    return replace(
        theme,
        text=_shifted(theme.text, ("#ffffff", band, _CODE, _SPONSOR), LEAST_CONTRAST),
        link=_shifted(theme.link, ("#ffffff", band, _SPONSOR), LEAST_CONTRAST),
        accent=_shifted(theme.accent, (theme.header,), LEAST_CONTRAST),
    )


def contrast_problems(theme: Theme) -> dict[str, str]:
    """By field, the worst pair of each."""
    found: dict[str, Pair] = {}
    for pair in all_pairs(theme):
        worst = found.get(pair.field)
        if pair.problem and (worst is None or pair.ratio < worst.ratio):
            found[pair.field] = pair
    return {field: pair.problem for field, pair in found.items()}


def all_pairs(theme: Theme) -> Iterator[Pair]:
    for palette, name in ((light_palette(theme), ""), (dark_palette(theme), " in dark mode")):
        for text, background, text_name, background_name, field in _PAIRS:
            yield Pair(
                text_name,
                background_name + name,
                getattr(palette, text),
                getattr(palette, background),
                field,
            )


def light_palette(theme: Theme) -> Palette:
    on_header = _readable(theme.header, ("#ffffff", "#1f2328", "#000000"))
    return Palette(
        page=theme.background,
        on_page=_readable(theme.background, ("#57606a", "#c7d2e8", "#ffffff", "#000000")),
        card="#ffffff",
        band=_band(theme.background),
        code=_CODE,
        text=theme.text,
        muted="#57606a",
        link=theme.link,
        chip="#eef2f7",
        on_chip="#3d4752",
        rule="#e3e7ec",
        header=theme.header,
        on_header=on_header,
        on_header_muted=_readable(theme.header, ("#c7d2e8", "#3d4752", on_header)),
        accent=theme.accent,
        sponsor=_SPONSOR,
        on_sponsor="#4d3b00",
        button=theme.link,
        on_button=_readable(theme.link, ("#ffffff", "#1f2328", "#000000")),
    )


def dark_palette(theme: Theme) -> Palette:
    """The hues of the theme, at a lightness that suits the dark."""
    header = _with_lightness(theme.header, 0.12, 0.2)
    link = _shifted(theme.link, ("#171b21", "#1c222a", "#222932", "#2a2412"), 6.5)
    return Palette(
        page="#0f1216",
        on_page="#a3adb8",
        card="#171b21",
        band="#1c222a",
        code="#222932",
        text="#e6e9ee",
        muted="#a3adb8",
        link=link,
        chip="#242b34",
        on_chip="#c3ccd6",
        rule="#2c343e",
        header=header,
        on_header="#ffffff",
        on_header_muted=_readable(header, ("#c7d2e8", "#ffffff")),
        accent=_shifted(theme.accent, (header,), LEAST_CONTRAST),
        sponsor="#2a2412",
        on_sponsor="#f3e3b3",
        button=link,
        on_button="#0f1216",
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours #rrggbb, from 1 to 21 [WCAG 2.2]."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


_PAIRS = (
    ("text", "card", "text", "card", "text"),
    ("text", "band", "text", "contents list", "text"),
    ("text", "code", "text", "background of code", "text"),
    ("text", "sponsor", "text", "sponsor box", "text"),
    ("link", "card", "links", "card", "link"),
    ("link", "band", "links", "contents list", "link"),
    ("link", "sponsor", "links", "sponsor box", "link"),
    ("accent", "header", "accent", "header", "accent"),
    ("on_header", "header", "title", "header", "header"),
    ("on_header_muted", "header", "date", "header", "header"),
    ("on_page", "page", "footer", "background", "background"),
    ("on_button", "button", "button text", "button", "link"),
    ("muted", "card", "small text", "card", "text"),
    ("muted", "band", "small text", "contents list", "text"),
    ("on_chip", "chip", "source", "chip", "text"),
    ("on_sponsor", "sponsor", "label", "sponsor box", "text"),
)


def _colour(text: str) -> tuple[str, str]:
    colour = text.lower()
    if re.fullmatch(r"#[0-9a-f]{3}", colour):
        colour = "#" + "".join(digit * 2 for digit in colour[1:])
    if _COLOUR.fullmatch(colour):
        return colour, ""
    return text, f"“{text[:40]}” is not a colour. Write one such as #14213d."


def _width(text: str) -> tuple[int, str]:
    return _number(text, WIDTHS, "The email")


def _logo_width(text: str) -> tuple[int, str]:
    return _number(text, LOGO_WIDTHS, "The logo")


def _number(text: str, allowed: range, what: str) -> tuple[int, str]:
    number = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else -1
    if number in allowed:
        return number, ""
    return 0, f"{what} must be {allowed[0]} to {allowed[-1]} pixels wide."


def _font(text: str) -> tuple[str, str]:
    return (text, "") if text in FONTS else (text, f"The font must be one of: {', '.join(FONTS)}.")


def _logo_url(text: str) -> tuple[str, str]:
    return text, _logo_problem(text)


def _social_url(text: str) -> tuple[str, str]:
    return text, _logo_problem(text).replace("logo's", "picture's")


def _logo_problem(url: str) -> str:
    """Checks only the address. Fetches nothing."""
    if is_media_address(url) and not url.endswith(".webp"):
        return ""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        is_whole = False
    if not is_whole or _UNSAFE_IN_URL.search(url) or len(url) > _LONGEST_URL:
        return "The logo's address must start with https:// and contain no spaces."
    name = parts.path.rpartition("/")[2].lower()
    stem, dot, ending = name.rpartition(".")
    if stem and dot and f".{ending}" not in PICTURES:
        return f"Not every email program shows .{ending[:20]} pictures. Use PNG, JPEG or GIF."
    return ""


def _logo_alt(text: str) -> tuple[str, str]:
    if len(text) > LONGEST_ALT or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        return text, f"Use one line of at most {LONGEST_ALT} characters."
    return text, ""


_READERS: dict[str, Any] = {
    **dict.fromkeys(COLOURS, _colour),
    "width": _width,
    "font": _font,
    "logo_url": _logo_url,
    "social_url": _social_url,
    "logo_alt": _logo_alt,
    "logo_width": _logo_width,
}


def _band(background: str) -> str:
    """A colour between a light page and the card, in the page's hue. On a dark page, a default."""
    if _luminance(background) < 0.6:
        return "#f7f8fa"
    return "#" + "".join(f"{round(255 * (c + 1) / 2):02x}" for c in _channels(background))


def _readable(background: str, wanted: tuple[str, ...]) -> str:
    """The first that can be read there. White or black can, on any background."""
    readable = (one for one in wanted if contrast(one, background) >= LEAST_CONTRAST)
    return next(readable, max(wanted, key=lambda one: contrast(one, background)))


def _shifted(colour: str, backgrounds: tuple[str, ...], least: float) -> str:
    """As light or as dark as it takes to be read on all of these backgrounds, in the same hue."""
    hue, lightness, saturation = _hls(colour)
    end, step = (1, 0.01) if _is_dark(backgrounds[0]) else (0, -0.01)
    while lightness != end and any(contrast(colour, one) < least for one in backgrounds):
        lightness = min(1, max(0, lightness + step))
        colour = _rgb(hue, lightness, saturation)
    return colour


def _is_dark(background: str) -> bool:
    """Whether white is read there better than black."""
    return contrast("#ffffff", background) > contrast("#000000", background)


def _with_lightness(colour: str, least: float, most: float) -> str:
    hue, lightness, saturation = _hls(colour)
    return _rgb(hue, min(max(lightness, least), most), saturation)


def _hls(colour: str) -> tuple[float, float, float]:
    return colorsys.rgb_to_hls(*_channels(colour))


def _rgb(hue: float, lightness: float, saturation: float) -> str:
    channels = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _rounded_down(ratio: float) -> float:
    return int(ratio * 10) / 10

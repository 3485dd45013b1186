"""A newsletter's own look on the pages of its readers: its colours as a style sheet, and its logo.

The style sheet gives values to the variables that app.css uses, light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.themes import (
    FONTS,
    Palette,
    Theme,
    dark_palette,
    light_palette,
    readable,
    theme_of,
)
from newsletter.domain.pictures import is_media_address, media_names
from newsletter.usecases.archive.read_archive import public_newsletter
from newsletter.web.shell import context

BLUEPRINT = Blueprint("public_look", __name__)

FOR_EVER = "public, max-age=31536000, immutable"
NOT_KEPT = "no-cache"


@dataclass(frozen=True, slots=True)
class Look:
    """`version` changes with the style sheet. `logo` names a picture that we keep; "" for none."""

    version: str
    css: str
    logo: str
    header: str
    header_in_the_dark: str


@BLUEPRINT.get("/n/<slug>/look-<version>.css")
def style_sheet(slug: str, version: str) -> Response:
    """Any version gives today's colours, but only today's is kept: no page is ever without."""
    look = page_look(public_newsletter(context(), slug))
    response = Response(look.css, mimetype="text/css")
    response.headers["Cache-Control"] = FOR_EVER if version == look.version else NOT_KEPT
    response.set_etag(look.version)
    return response.make_conditional(request)  # type: ignore[return-value]


def page_look(profile: NewsletterProfile) -> Look:
    return _look_of(theme_of(profile.theme))


@lru_cache(maxsize=256)
def _look_of(chosen: Theme) -> Look:
    theme = readable(chosen)
    light, dark = light_palette(theme), dark_palette(theme)
    css = _style_sheet(theme, light, dark)
    version = sha256(css.encode()).hexdigest()[:16]
    return Look(version, css, _logo(theme), light.header, dark.header)


def _logo(theme: Theme) -> str:
    """Readers' pages load nothing from other servers: a logo from elsewhere is in mails only."""
    return media_names(theme.logo_url)[0] if is_media_address(theme.logo_url) else ""


def _style_sheet(theme: Theme, light: Palette, dark: Palette) -> str:
    generic = "serif" if theme.font == "serif" else "sans-serif"
    look = {
        "pico-font-family": f"{FONTS[theme.font]},{generic}",
        "logo-width": f"{theme.logo_width}px",
    }
    in_the_dark = _rule(_colours(dark))
    return f"{_rule(look | _colours(light))}@media (prefers-color-scheme:dark){{{in_the_dark}}}\n"


def _rule(values: Mapping[str, Any]) -> str:
    """On the body: Pico's own values are on the root, with a selector that is hard to outdo."""
    return f"body{{{''.join(f'--{name}:{value};' for name, value in values.items())}}}"


def _colours(of: Palette) -> dict[str, str]:
    return {
        **dict.fromkeys(("pico-color", "pico-h1-color", "pico-h2-color"), of.text),
        **dict.fromkeys(("quiet-color", "pico-muted-color"), of.muted),
        "pico-muted-border-color": of.rule,
        "plain-background": of.page,
        "on-plain-background": of.on_page,
        "header-background": of.header,
        "on-header": of.on_header,
        "on-header-quiet": of.on_header_muted,
        "header-accent": of.accent,
        **_colours_of_controls(of),
    }


def _colours_of_controls(of: Palette) -> dict[str, str]:
    """Quiet buttons are an outline: a filled one would need a third colour that is read on both."""
    quiet = ("", "-border", "-hover", "-hover-border", "-inverse", "-focus")
    links = ("", "-hover", "-underline", "-hover-underline", "-focus")
    buttons = ("-background", "-border", "-hover-background", "-hover-border")
    fields = ("-background", "-active-background")
    return {
        **{f"pico-primary{name}": of.link for name in links},
        **{f"pico-primary{name}": of.button for name in buttons},
        "pico-primary-inverse": of.on_button,
        **{f"pico-secondary{name}": of.link for name in quiet},
        **{f"pico-secondary{name}": of.card for name in ("-background", "-hover-background")},
        "pico-card-background-color": of.card,
        **{f"pico-form-element{name}-color": of.card for name in fields},
        **{f"pico-form-element{name}-color": of.link for name in ("-active-border", "-focus")},
        **{f"pico-form-element{name}-color": of.muted for name in ("-border", "-placeholder")},
        "pico-form-element-color": of.text,
    }

"""The design of a newsletter: form fields and a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from flask import Blueprint, Response, request

from newsletter.domain.newsletters.themes import Theme, theme_of
from newsletter.usecases.newsletters.preview_theme import preview_theme
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context

BLUEPRINT = Blueprint("editor_themes", __name__, url_prefix="/editor/newsletters/<slug>")
require_editor(BLUEPRINT)

PREFIX = "theme_"
NAMES = tuple(field.name for field in fields(Theme))

_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)


@BLUEPRINT.get("/theme-sample")
def sample(slug: str) -> Response:
    """For a frame: it may show pictures and styles, and do nothing else."""
    response = Response(
        preview_theme(context(), slug, typed(request.args), current_principal()),
        mimetype="text/html",
    )
    response.headers["Content-Security-Policy"] = _FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(PREFIX + name, "") for name in NAMES}


def theme_values(stored: Mapping[str, Any]) -> dict[str, str]:
    """By the names of the form's fields."""
    return {PREFIX + name: str(value) for name, value in asdict(theme_of(stored)).items()}

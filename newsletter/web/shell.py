"""What all pages share: the context, the way to wake workers, templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, render_template
from flask_limiter import Limiter
from werkzeug.routing import IntegerConverter, Map

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.templates.words import language_of
from newsletter.spool.clicks import ClickBuffer
from newsletter.spool.presence import Presence
from newsletter.spool.presses import Presses
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.context import Context

EXTENSION = "newsletter"
HIGHEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shell:
    """Kept with the app, so that two apps in one process share nothing."""

    context: Context
    wakeups: Wakeups
    limiter: Limiter
    clicks: ClickBuffer
    presence: Presence
    presses: Presses


class RowNumber(IntegerConverter):
    """A number in a URL that fits into a column. Larger ones are a 404."""

    def __init__(self, map: Map, max: int | None = None, **options: Any) -> None:  # noqa: A002
        super().__init__(map, max=HIGHEST_ID if max is None else max, **options)


def read_id(text: str) -> int | None:
    """Of a form or a query: None for what is no number, and never one that is too large."""
    is_number = text.isascii() and text.isdigit()
    return min(int(text[:20]), HIGHEST_ID) if is_number else None


def shell() -> Shell:
    found: Shell = current_app.extensions[EXTENSION]
    return found


def context() -> Context:
    return shell().context


def wakeups() -> Wakeups:
    """Call after the commit, with the ids that a use case returned."""
    return shell().wakeups


def render(template: str, **values: Any) -> str:
    return render_template(template, **values)


def long_date(day: date | datetime, profile: NewsletterProfile) -> str:
    """A day, or that of a moment in the newsletter's time zone, in its language as in its mails."""
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(profile.time_zone)).date()
    return language_of(profile.language).date(day)


def version_static_files(app: Flask) -> None:
    """Every `url_for` of a static file carries a hash of its content, so it may be cached for ever.

    Works for the app's own files and for those of blueprints.
    """
    known: dict[tuple[str, str], str] = {}

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        filename = values.get("filename")
        if not filename or endpoint.rpartition(".")[2] != "static":
            return
        if (endpoint, filename) not in known:
            known[endpoint, filename] = _version(_static_folder(app, endpoint), filename)
        values.setdefault("v", known[endpoint, filename])

    app.url_defaults(add_version)


def _static_folder(app: Flask, endpoint: str) -> str:
    blueprint = endpoint.rpartition(".")[0]
    owner = app.blueprints[blueprint] if blueprint else app
    return owner.static_folder or ""


def _version(folder: str, filename: str) -> str:
    path = Path(folder) / filename
    return sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"

"""Newsletters: create them and edit their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.newsletters.newsletter import FIRST_UNDO_MINUTES, NewsletterProfile
from newsletter.domain.problems import InvalidFields
from newsletter.domain.sending.scheduled_times import WhichTimeIsMeant
from newsletter.usecases.checks.issue_readiness import newsletter_checks
from newsletter.usecases.issues.templates import list_templates
from newsletter.usecases.newsletters.save_newsletter import (
    NewsletterSettings,
    create_newsletter,
    save_newsletter,
    save_valid_settings,
    time_zones,
)
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.web.editor.newsletters.themes import PREFIX, theme_values, typed
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint(
    "editor_newsletters",
    __name__,
    url_prefix="/editor/newsletters",
)
require_editor(BLUEPRINT)

_FIELDS = tuple(field.name for field in fields(NewsletterSettings) if field.name != "theme")


@BLUEPRINT.get("/new")
def new() -> str:
    empty = NewsletterSettings(name="", undo_minutes=str(FIRST_UNDO_MINUTES))
    return _form({**asdict(empty), "slug": ""}, profile=None)


@BLUEPRINT.post("/new")
@keeps_text
@once
def create() -> Response | tuple[str, int]:
    try:
        slug = create_newsletter(
            context(), request.form.get("slug", ""), _given(), current_principal()
        )
    except InvalidFields as error:
        return _form(request.form, profile=None, problems=error.problems), 400
    flash("Newsletter created. Its signup page works from now on.", "good")
    return redirect(url_for("editor_newsletters.settings", slug=slug), 303)


@BLUEPRINT.get("/<slug>")
def settings(slug: str) -> str:
    profile = show_newsletter(context(), slug, current_principal()).profile
    return _form({**asdict(profile), **theme_values(profile.theme)}, profile=profile)


@BLUEPRINT.post("/<slug>")
@keeps_text
def save(slug: str) -> Response | tuple[str, int]:
    profile = show_newsletter(context(), slug, current_principal()).profile
    try:
        meant = request.form.get("meant", "")
        save_newsletter(context(), slug, _given(), current_principal(), meant=meant)
    except InvalidFields as error:
        wrong = save_valid_settings(context(), slug, _given(), error.problems, current_principal())
        asks = isinstance(error, WhichTimeIsMeant)
        profile = show_newsletter(context(), slug, current_principal()).profile
        return _form(request.form, profile=profile, problems=wrong, asks_which_time=asks), 400
    flash("Saved.", "good")
    return redirect(url_for("editor_newsletters.settings", slug=slug), 303)


def _given() -> NewsletterSettings:
    has_theme = any(name.startswith(PREFIX) for name in request.form)
    return NewsletterSettings(
        **{name: request.form.get(name, "") for name in _FIELDS},
        theme=typed(request.form) if has_theme else None,
    )


def _form(
    values: Mapping[str, object],
    *,
    profile: NewsletterProfile | None,
    problems: Mapping[str, str] | None = None,
    asks_which_time: bool = False,
) -> str:
    return render(
        "editor/newsletter_form.html",
        values=values,
        profile=profile,
        problems=problems or {},
        time_zones=time_zones(),
        asks_which_time=asks_which_time,
        theme_sample=_theme_sample(values, profile),
        template_sections=_template_sections(profile) if profile else [],
        checks=newsletter_checks(profile, context().settings) if profile else [],
    )


def _template_sections(profile: NewsletterProfile) -> list[str]:
    """Of its templates, those that readers can't mute yet."""
    templates = list_templates(context(), profile.slug, current_principal())
    named = dict.fromkeys(name for one in templates for name in one.sections)
    return [name for name in named if name and name not in profile.sections]


def _theme_sample(values: Mapping[str, object], profile: NewsletterProfile | None) -> str:
    if profile is None:
        return ""
    chosen: dict[str, Any] = {n: str(v) for n, v in values.items() if n.startswith(PREFIX)}
    return url_for("editor_themes.sample", slug=profile.slug, **chosen)

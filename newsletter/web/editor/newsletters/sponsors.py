"""The page of a newsletter's sponsors: what is booked, and a form to book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.newsletters.sponsors import AT_THE_END, Sponsor
from newsletter.domain.problems import InvalidFields
from newsletter.rendering.templates.words import language_of, with_sponsor_label
from newsletter.usecases.newsletters.sponsors import (
    book_sponsor,
    cancel_sponsor,
    list_sponsors,
    set_sponsor_label,
)
from newsletter.web.editor.issues.undoing import offer_undo
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint("editor_sponsors", __name__, url_prefix="/editor/newsletters/<slug>/sponsors")
require_editor(BLUEPRINT)

_PLACES = {
    "0": "At the top",
    **{str(number): f"After section {number}" for number in range(1, 7)},
    str(AT_THE_END): "At the end",
}


@BLUEPRINT.get("")
def page(slug: str) -> str:
    return _page(slug)


@BLUEPRINT.post("")
@keeps_text
@once
def book(slug: str) -> Response | tuple[str, int]:
    try:
        book_sponsor(context(), slug, _booking(), current_principal())
    except InvalidFields as error:
        return _page(slug, request.form, error.problems), 400
    flash("Booked.", "good")
    return redirect(url_for(".page", slug=slug), 303)


@BLUEPRINT.post("/<int:sponsor_id>/cancel")
def cancel(slug: str, sponsor_id: int) -> Response:
    cancel_sponsor(context(), slug, sponsor_id, current_principal())
    offer_undo("Booking cancelled.", slug, "sponsor", sponsor_id)
    return redirect(url_for(".page", slug=slug), 303)


@BLUEPRINT.post("/label")
@keeps_text
def label(slug: str) -> Response | tuple[str, int]:
    try:
        set_sponsor_label(context(), slug, request.form.get("label", ""), current_principal())
    except InvalidFields as error:
        return _page(slug, request.form, error.problems), 400
    flash("Saved.", "good")
    return redirect(url_for(".page", slug=slug), 303)


def _booking() -> Sponsor:
    form = request.form
    starts_on = _day("starts_on")
    place = read_id(form.get("after_sections", ""))
    return Sponsor(
        title=form.get("title", ""),
        url=form.get("url", ""),
        body=form.get("body", "").replace("\r\n", "\n"),
        starts_on=starts_on,
        ends_on=_day("ends_on") if form.get("ends_on") else starts_on,
        after_sections=-1 if place is None else place,
    )


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError as error:
        raise InvalidFields({field: "Enter a day such as 2026-11-30."}) from error


def _page(
    slug: str, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> str:
    booked = list_sponsors(context(), slug, current_principal())
    language = language_of(booked.profile.language)
    own = booked.profile.sponsor_labels.get(booked.profile.language, "")
    return render(
        "editor/sponsors.html",
        booked=booked,
        label=own,
        usual_label=language.say("sponsor"),
        shown_label=with_sponsor_label(language, own).say("sponsor"),
        typed=typed or {},
        problems=problems or {},
        places=_PLACES,
    )

"""The page that makes an issue from a feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import InvalidInput
from newsletter.usecases.issues.create_from_feed import (
    MOST_ITEMS,
    FeedChoices,
    FromFeed,
    create_issue_from_feed,
)
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_feeds", __name__, url_prefix="/editor")
require_editor(BLUEPRINT)


@BLUEPRINT.get("/newsletters/<slug>/issues/from-feed")
def ask(slug: str) -> str:
    return _page(slug, {"limit": str(MOST_ITEMS)})


@BLUEPRINT.post("/newsletters/<slug>/issues/from-feed")
@keeps_text
@once
def create(slug: str) -> Response | tuple[str, int]:
    principal = current_principal()
    newsletter = show_newsletter(context(), slug, principal).profile
    try:
        made = create_issue_from_feed(
            context(), newsletter.id, request.form.get("url", ""), principal, _choices()
        )
    except InvalidInput as error:
        return _page(slug, request.form, error), 400
    flash(_summary(made), "good")
    return redirect(url_for("editor_issues.edit", issue_id=made.issue_id), 303)


def _choices() -> FeedChoices:
    since, limit = request.form.get("since", ""), request.form.get("limit", "").strip()
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError as error:
        raise InvalidInput("Enter a day such as 2026-03-01.", field="since") from error
    return FeedChoices(
        since=day,
        limit=int(limit) if limit.isdecimal() and len(limit) < 6 else 0,
        section=request.form.get("section", "").strip() or None,
        keeps_repeats="repeats" in request.form,
    )


def _page(slug: str, typed: Mapping[str, str], problem: InvalidInput | None = None) -> str:
    overview = show_newsletter(context(), slug, current_principal())
    return render("editor/issue_from_feed.html", overview=overview, typed=typed, problem=problem)


def _summary(made: FromFeed) -> str:
    entries = "1 entry" if made.entries == 1 else f"{made.entries} entries"
    left_out = [
        f"{made.older} older" if made.older else "",
        f"{made.over_limit} over the limit" if made.over_limit else "",
        f"{len(made.repeats)} that ran before" if made.repeats else "",
    ]
    told = ", ".join(filter(None, left_out))
    others = f"Other items: {told}." if told else ""
    return " ".join(filter(None, [f"Imported {entries}.", others, made.trouble]))

"""The checks page of an issue: findings, link checks, spam score and overrides."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.checks.preflight import grouped
from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.usecases.checks.check_issue import check_issue
from newsletter.usecases.checks.check_links import LinkCheck, check_links
from newsletter.usecases.checks.override_errors import override_errors, withdraw_override
from newsletter.usecases.checks.score_spam import has_spam_filter, score_spam
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint(
    "editor_checks",
    __name__,
    url_prefix="/editor/issues/<int(max=9223372036854775807):issue_id>/checks",
)
require_editor(BLUEPRINT)
BLUEPRINT.add_app_template_filter(grouped)


@BLUEPRINT.get("")
def checks(issue_id: int) -> str:
    return _page(issue_id)


@BLUEPRINT.get("/piece")
def piece(issue_id: int) -> str:
    """For the page where the issue is edited, whose script inserts it."""
    issue = open_issue(context(), issue_id, current_principal())
    return render(
        "editor/checks_piece.html",
        issue=issue,
        checked=check_issue(context(), issue_id, current_principal()),
    )


@BLUEPRINT.post("/links")
def links(issue_id: int) -> Response:
    try:
        asked = check_links(context(), issue_id, current_principal())
    except InvalidInput as error:
        flash(str(error), "bad")
        return _back(issue_id)
    flash(_link_summary(asked), _link_tone(asked))
    return _back(issue_id)


@BLUEPRINT.post("/spam")
def spam(issue_id: int) -> Response:
    try:
        score_spam(context(), issue_id, current_principal())
    except (InvalidInput, Misconfigured) as error:
        flash(str(error), "bad")
    return _back(issue_id)


@BLUEPRINT.post("/override")
@keeps_text
def override(issue_id: int) -> Response | tuple[str, int]:
    typed = request.form.get("reason", "")
    try:
        override_errors(context(), issue_id, typed, current_principal())
    except InvalidInput as error:
        return _page(issue_id, problem=error, typed=typed), 400
    flash("Override saved. You can send the issue.", "good")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.post("/withdraw")
def withdraw(issue_id: int) -> Response:
    withdraw_override(context(), issue_id, current_principal())
    return _back(issue_id)


def _page(
    issue_id: int,
    *,
    problem: InvalidInput | None = None,
    typed: str = "",
) -> str:
    return render(
        "editor/checks.html",
        issue=open_issue(context(), issue_id, current_principal()),
        checked=check_issue(context(), issue_id, current_principal()),
        can_ask_filter=has_spam_filter(context().settings),
        problem=problem,
        typed=typed,
    )


def _link_summary(asked: LinkCheck) -> str:
    words = [f"Checked {asked.answered}." if asked.answered else "All links were checked recently."]
    if asked.dead:
        words.append("1 is dead." if asked.dead == 1 else f"{asked.dead} are dead.")
    if asked.unsure:
        words.append(f"We can’t be sure of {asked.unsure}.")
    if asked.left:
        words.append(f"{asked.left} left. Check again.")
    return " ".join(words)


def _link_tone(asked: LinkCheck) -> str:
    if asked.dead:
        return "bad"
    return "" if asked.unsure or asked.left else "good"


def _back(issue_id: int) -> Response:
    return redirect(url_for("editor_checks.checks", issue_id=issue_id), 303)

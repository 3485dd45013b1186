"""The copies of an issue by what came back of them afterwards."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug import Response

from newsletter.domain.feedback.doubts import Decision, doubt_sentence
from newsletter.domain.feedback.later_facts import LaterKind
from newsletter.usecases.feedback.doubt import decide_doubts, doubts_about
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.sending.show_later import show_later
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import HIGHEST_ID, context, read_id, render

BLUEPRINT = Blueprint("editor_later", __name__, url_prefix="/editor/issues/<int:issue_id>/later")
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def later(issue_id: int) -> str:
    what, after = request.args.get("what", ""), request.args.get("after", "")
    kind = LaterKind(what) if what in set(LaterKind) else LaterKind.HARD
    begin = read_id(after)
    issue = open_issue(context(), min(issue_id, HIGHEST_ID), current_principal())
    page = show_later(context(), issue.id, kind, current_principal(), after=begin)
    doubts = [
        doubt_sentence(one.dead, one.taken, one.domain, one.words)
        for one in doubts_about(context(), issue.id, current_principal())
    ]
    return render("editor/later.html", issue=issue, page=page, kinds=list(LaterKind), doubts=doubts)


@BLUEPRINT.post("/doubts")
def decide(issue_id: int) -> Response:
    is_believed = request.form.get("decision") == Decision.BELIEVED
    decision = Decision.BELIEVED if is_believed else Decision.DISMISSED
    issue_id = min(issue_id, HIGHEST_ID)
    count = decide_doubts(context(), issue_id, decision, current_principal())
    addresses = f"{count:,} {'address' if count == 1 else 'addresses'}"
    said = f"Suppressed {addresses}." if is_believed else "Nobody is suppressed for these."
    flash(said, "good")
    return redirect(url_for(".later", issue_id=issue_id), 303)

"""The copies of an issue by what came back of them afterwards."""

from __future__ import annotations

from flask import Blueprint, request

from newsletter.domain.later_facts import LaterKind
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
    return render("editor/later.html", issue=issue, page=page, kinds=list(LaterKind))

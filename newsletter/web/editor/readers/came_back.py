"""What came back: bounces, complaints and replies, with the rule that decided each."""

from __future__ import annotations

from flask import Blueprint, request

from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.usecases.feedback.show_feedback import FeedbackFilter, list_feedback, show_message
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import HIGHEST_ID, context, read_id, render

BLUEPRINT = Blueprint("came_back", __name__, url_prefix="/editor/newsletters/<slug>/came-back")
require_editor(BLUEPRINT)

_LINES = 50


@BLUEPRINT.app_template_filter("verdict_words")
def verdict_words(verdict: str) -> str:
    return FeedbackVerdict(verdict).words


@BLUEPRINT.get("")
def came_back(slug: str) -> str:
    chosen, older = request.args.get("verdict", ""), request.args.get("older", "")
    verdict = chosen if chosen in set(FeedbackVerdict) else ""
    before = read_id(older)
    wanted = FeedbackFilter(verdict, slug, before, _LINES + 1)
    found = list_feedback(context(), current_principal(), wanted)
    return render(
        "editor/subscribers/came_back.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        verdicts=list(FeedbackVerdict),
        verdict=verdict,
        lines=found[:_LINES],
        older_than=found[_LINES - 1].id if len(found) > _LINES else None,
        is_door_open=context().settings.has_inbound_door,
        is_first_page=before is None,
    )


@BLUEPRINT.get("/<int:inbound_id>")
def message(slug: str, inbound_id: int) -> str:
    return render(
        "editor/subscribers/came_back_message.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        message=show_message(context(), min(inbound_id, HIGHEST_ID), current_principal()),
    )

"""Before an issue goes out: who gets it, when, and second thoughts."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import DoubleHour, SkippedHour
from newsletter.domain.readers.audiences import Audience, kept_audience
from newsletter.domain.said_times import said_time
from newsletter.usecases.checks.issue_readiness import check_readiness
from newsletter.usecases.sending.audience import choose_audience
from newsletter.usecases.sending.schedule_issue import (
    can_undo_send,
    schedule_issue,
    send_now,
    unschedule_issue,
)
from newsletter.web.editor.sending.audience import typed_pairs
from newsletter.web.editor.sending.pages import (
    BEFORE_SENDING,
    countdown,
    open_this,
    panel,
    progress_page,
)
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render, wakeups


def send(issue_id: int) -> str | BaseResponse:
    """Before sending: the readiness list and the schedule. Afterwards: the report."""
    issue = open_this(issue_id)
    if issue.is_imported:
        return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)
    return panel(issue) if issue.state in BEFORE_SENDING else progress_page(issue)


def choose(issue_id: int) -> BaseResponse | tuple[str, int]:
    try:
        shown = choose_audience(context(), issue_id, typed_pairs(), current_principal())
    except InvalidInput as error:
        return panel(open_this(issue_id), problem=error), 400
    flash(f"Saved. It would go to {shown.words} now.", "good")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@once
def schedule(issue_id: int) -> BaseResponse | tuple[str, int]:
    issue = open_this(issue_id)
    typed = request.form.get("scheduled_at", "")
    try:
        wanted = _local_time(typed)
        moment = schedule_issue(context(), issue_id, wanted, _fold(), current_principal())
    except SkippedHour as error:
        instead = error.next_possible.isoformat(timespec="minutes")
        return panel(issue, typed=typed, problem=error, instead=instead), 400
    except DoubleHour as error:
        zone = ZoneInfo(issue.profile.time_zone)
        choices = [
            (fold, f"{moment.astimezone(zone):%H:%M %Z, UTC%z}")
            for fold, moment in enumerate((error.earlier, error.later))
        ]
        return panel(issue, typed=typed, problem=error, choices=choices), 400
    except InvalidInput as error:
        return panel(issue, typed=typed, problem=error), 400
    zone_name = issue.profile.time_zone
    flash(f"Scheduled for {said_time(moment, zone_name)} ({zone_name}).", "good")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@once
def unschedule(issue_id: int) -> BaseResponse:
    was_going_out = unschedule_issue(context(), issue_id, current_principal())
    done = "Sending is undone" if was_going_out else "Unscheduled"
    flash(f"{done}. The issue is a draft again.", "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


def confirm_send(issue_id: int) -> str | BaseResponse:
    issue = open_this(issue_id)
    readiness = check_readiness(context(), issue_id, current_principal(), exact=True)
    if issue.state not in BEFORE_SENDING or not readiness.is_ready:
        return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)
    return render("editor/send_now.html", issue=issue, readiness=readiness)


@once
def start_sending(issue_id: int) -> BaseResponse | tuple[str, int]:
    try:
        send_now(context(), issue_id, current_principal(), _confirmed())
    except InvalidInput as error:
        return panel(open_this(issue_id), problem=error), 400
    wakeups().issues([issue_id])
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


def undo_piece(issue_id: int) -> str | BaseResponse:
    """The countdown, which htmx refreshes. Once the time is over, the page becomes the progress."""
    issue = open_this(issue_id)
    if not can_undo_send(context(), issue_id, current_principal()):
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render("editor/undo_piece.html", issue=issue, **countdown(issue))


def _confirmed() -> Audience | None:
    """The audience of the page on which it was confirmed."""
    text = request.form.get("audience")
    if text is None:
        return None
    try:
        return kept_audience(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput("This form is broken.", advice="Open the page again.") from None


def _local_time(text: str) -> datetime:
    """The value of a datetime-local field, without a zone: the newsletter has one."""
    try:
        wanted = datetime.fromisoformat(text.strip())
    except ValueError:
        wanted = None
    if wanted is None or wanted.tzinfo is not None:
        raise InvalidInput(
            "Enter a date and time.",
            advice="For example, 2026-12-24 09:00.",
            field="scheduled_at",
        )
    return wanted.replace(microsecond=0)


def _fold() -> int | None:
    return {"0": 0, "1": 1}.get(request.form.get("fold", ""))

"""Sending an issue: preview, test, schedule, send, progress and control."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import Conflict, InvalidInput, Misconfigured, NewsletterError
from newsletter.domain.issues import DoubleHour, IssueState, SkippedHour
from newsletter.domain.later_facts import LaterKind
from newsletter.store.sending.resends import Ended
from newsletter.usecases.checks.check_issue import ChecksFailed
from newsletter.usecases.checks.issue_readiness import check_readiness
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.newsletters.show_newsletters import OpenIssue, open_issue
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.resend import NOT_TAKEN, leave_held, resend
from newsletter.usecases.sending.schedule_issue import (
    can_undo_send,
    schedule_issue,
    send_now,
    unschedule_issue,
)
from newsletter.usecases.sending.send_test import send_test
from newsletter.web.editor.issues.previews import VIEWS, frame, shown_view
from newsletter.web.editor.sending.plot import plot_of
from newsletter.web.editor.sending.report import bars_of, offers, refresh_s, time_left
from newsletter.web.editor.staff.access import (
    current_editor,
    current_principal,
    local_time,
    require_editor,
)
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint(
    "editor_sending",
    __name__,
    url_prefix="/editor/issues/<int(max=9223372036854775807):issue_id>",
)
require_editor(BLUEPRINT)

_BEFORE_SENDING = frozenset({IssueState.DRAFT, IssueState.SCHEDULED})


@BLUEPRINT.get("/preview")
def preview(issue_id: int) -> str:
    return _preview_page(issue_id)


@BLUEPRINT.get("/preview/mail.html")
def preview_frame(issue_id: int) -> Response:
    return frame(preview_issue(context(), issue_id, current_principal()))


@BLUEPRINT.post("/test")
def test(issue_id: int) -> BaseResponse | tuple[str, int]:
    editor = current_editor()
    try:
        outbox_ids = send_test(context(), issue_id, current_principal())
    except (InvalidInput, Misconfigured) as error:
        return _preview_page(issue_id, error), 400
    wakeups().outbox(outbox_ids)
    where = " It arrives in the sandbox inbox." if context().settings.is_sandboxed else ""
    flash(f"A test is on its way to {editor.address}.{where}", "good")
    return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)


@BLUEPRINT.get("/send")
def send(issue_id: int) -> str | BaseResponse:
    """Before sending: the readiness list and the schedule. Afterwards: the report."""
    issue = open_issue(context(), issue_id, current_principal())
    if issue.is_imported:
        return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)
    return _panel(issue) if issue.state in _BEFORE_SENDING else _progress_page(issue)


@BLUEPRINT.post("/schedule")
def schedule(issue_id: int) -> BaseResponse | tuple[str, int]:
    issue = open_issue(context(), issue_id, current_principal())
    typed = request.form.get("scheduled_at", "")
    try:
        wanted = _local_time(typed)
        schedule_issue(context(), issue_id, wanted, _fold(), current_principal())
    except SkippedHour as error:
        instead = error.next_possible.isoformat(timespec="minutes")
        return _panel(issue, typed=typed, problem=error, instead=instead), 400
    except DoubleHour as error:
        zone = ZoneInfo(issue.profile.time_zone)
        choices = [
            (fold, f"{moment.astimezone(zone):%H:%M %Z, UTC%z}")
            for fold, moment in enumerate((error.earlier, error.later))
        ]
        return _panel(issue, typed=typed, problem=error, choices=choices), 400
    except InvalidInput as error:
        return _panel(issue, typed=typed, problem=error), 400
    flash("Scheduled.", "good")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.post("/unschedule")
def unschedule(issue_id: int) -> BaseResponse:
    unschedule_issue(context(), issue_id, current_principal())
    flash("Unscheduled. The issue is a draft again.", "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id), 303)


@BLUEPRINT.get("/send-now")
def confirm_send(issue_id: int) -> str | BaseResponse:
    issue = open_issue(context(), issue_id, current_principal())
    readiness = check_readiness(context(), issue_id, current_principal())
    if issue.state not in _BEFORE_SENDING or not readiness.is_ready:
        return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)
    return render("editor/send_now.html", issue=issue, readiness=readiness)


@BLUEPRINT.post("/send-now")
def start_sending(issue_id: int) -> BaseResponse | tuple[str, int]:
    try:
        send_now(context(), issue_id, current_principal())
    except InvalidInput as error:
        return _panel(open_issue(context(), issue_id, current_principal()), problem=error), 400
    wakeups().issues([issue_id])
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.get("/progress")
def progress(issue_id: int) -> str | BaseResponse:
    """The part of the page that htmx refreshes while the issue is being sent.

    It has no buttons, so that none disappears under the pointer. If the actions change, the whole
    page is reloaded.
    """
    issue = open_issue(context(), issue_id, current_principal())
    values = _report_values(issue)
    if request.args.get("offers", values["offers"]) != values["offers"]:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render("editor/progress_piece.html", issue=issue, **values)


@BLUEPRINT.post("/again")
def send_again(issue_id: int) -> BaseResponse:
    """Resends failed and expired copies, or the held ones."""
    kinds = (Ended.HELD,) if request.form.get("what") == "held" else NOT_TAKEN
    done = resend(context(), issue_id, kinds, current_principal())
    wakeups().issues([issue_id])
    words = f"Resending {_copies(done.total)}." if done.total else "Nothing to resend."
    if done.left_out:
        words += f" Skipped {done.left_out:,} who have since unsubscribed or been suppressed."
    flash(words, "good" if done.total else "")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.post("/leave-uncertain")
def leave_uncertain(issue_id: int) -> BaseResponse:
    leave_held(context(), issue_id, current_principal())
    flash("They won't be resent. The report keeps them as uncertain.", "good")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.post("/pause")
def pause(issue_id: int) -> BaseResponse:
    pause_issue(context(), issue_id, current_principal())
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.post("/resume")
def resume(issue_id: int) -> BaseResponse:
    resume_issue(context(), issue_id, current_principal())
    wakeups().issues([issue_id])
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.get("/cancel")
def confirm_cancel(issue_id: int) -> str:
    report = report_issue(context(), issue_id, current_principal())
    return render(
        "editor/cancel.html",
        issue=open_issue(context(), issue_id, current_principal()),
        report=report,
    )


@BLUEPRINT.post("/cancel")
def cancel(issue_id: int) -> BaseResponse:
    cancel_issue(context(), issue_id, current_principal())
    flash("Cancelled. No more copies go out.", "good")
    return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)


@BLUEPRINT.get("/undo")
def undo_piece(issue_id: int) -> str | BaseResponse:
    """The countdown, which htmx refreshes. Once the time is over, the page becomes the progress."""
    issue = open_issue(context(), issue_id, current_principal())
    if not can_undo_send(context(), issue_id, current_principal()):
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render("editor/undo_piece.html", issue=issue, **_countdown(issue))


@BLUEPRINT.errorhandler(Conflict)
def show_where_it_stands(error: Conflict) -> tuple[str, int]:
    """What was pressed came too late: the page of the issue as it is now, and why."""
    issue_id = (request.view_args or {})["issue_id"]
    issue = open_issue(context(), issue_id, current_principal())
    if issue.is_imported:
        return _preview_page(issue_id, error), 409
    if issue.state in _BEFORE_SENDING:
        return _panel(issue, problem=error), 409
    return _progress_page(issue, error), 409


def _preview_page(issue_id: int, problem: NewsletterError | None = None) -> str:
    issue = open_issue(context(), issue_id, current_principal())
    try:
        shown = preview_issue(context(), issue_id, current_principal())
    except InvalidInput as error:
        shown, problem = None, error
    return render(
        "editor/preview.html",
        issue=issue,
        preview=shown,
        problem=problem,
        views=VIEWS,
        shown=shown_view(),
    )


def _panel(
    issue: OpenIssue,
    *,
    typed: str = "",
    problem: NewsletterError | None = None,
    instead: str = "",
    choices: list[tuple[int, str]] | None = None,
) -> str:
    zone = ZoneInfo(issue.profile.time_zone)
    local_now = context().now().astimezone(zone)
    checked = problem.checked if isinstance(problem, ChecksFailed) else None
    if not typed and issue.scheduled_at:
        typed = f"{issue.scheduled_at.astimezone(zone):%Y-%m-%dT%H:%M}"
    return render(
        "editor/send.html",
        issue=issue,
        readiness=check_readiness(context(), issue.id, current_principal(), checked),
        can_undo_send=can_undo_send(context(), issue.id, current_principal()),
        seconds_left=_countdown(issue)["seconds_left"],
        local_now=local_now,
        typed=typed,
        problem=problem,
        instead=instead,
        choices=choices or [],
        due=local_time(issue.scheduled_at, str(zone)) if issue.scheduled_at else "",
    )


def _progress_page(issue: OpenIssue, problem: Conflict | None = None) -> str:
    return render("editor/progress.html", issue=issue, problem=problem, **_report_values(issue))


def _countdown(issue: OpenIssue) -> dict[str, Any]:
    """`seconds_left` is 0 while a worker is about to take it."""
    due = issue.scheduled_at or context().now()
    return {
        "seconds_left": max(0, math.ceil((due - context().now()).total_seconds())),
        "due": local_time(due, issue.profile.time_zone),
    }


def _report_values(issue: OpenIssue) -> dict[str, Any]:
    report = report_issue(context(), issue.id, current_principal())
    return {
        "report": report,
        "bars": bars_of(report),
        "later_kinds": list(LaterKind),
        "plot": plot_of(report, issue.profile.time_zone, context().now()),
        "refresh_s": refresh_s(report),
        "offers": offers(report),
        "time_left": time_left(report),
    }


def _copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count:,} copies"


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

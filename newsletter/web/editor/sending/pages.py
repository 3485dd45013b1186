"""The two pages of an issue that is sent: before it goes out, and once it does.

Several doors end on them: after a mistake, and when someone else was faster.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from newsletter.domain.errors import Conflict, InvalidInput, NewsletterError
from newsletter.domain.feedback.later_facts import LaterKind
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import Kind
from newsletter.domain.said_times import said_time
from newsletter.domain.sending.send_times import usual_times, utc_words
from newsletter.usecases.checks.check_issue import ChecksFailed
from newsletter.usecases.checks.issue_readiness import check_readiness
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.newsletters.show_newsletters import OpenIssue, open_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import can_undo_send
from newsletter.usecases.sending.show_calendar import clashes_with
from newsletter.web.editor.issues.previews import VIEWS, has_other_pictures, shown_view
from newsletter.web.editor.sending.audience import typed_values, values_of
from newsletter.web.editor.sending.plot import plot_of
from newsletter.web.editor.sending.report import bars_of, done_at, offers, refresh_s, time_left
from newsletter.web.editor.staff.access import current_principal
from newsletter.web.shell import context, render

BEFORE_SENDING = frozenset({IssueState.DRAFT, IssueState.SCHEDULED})


def open_this(issue_id: int) -> OpenIssue:
    return open_issue(context(), issue_id, current_principal())


def show_where_it_stands(error: Conflict) -> tuple[str, int]:
    """What was pressed came too late: the page of the issue as it is now, and why."""
    issue = open_this((request.view_args or {})["issue_id"])
    if issue.is_imported:
        return preview_page(issue.id, error), 409
    if issue.state in BEFORE_SENDING:
        return panel(issue, problem=error), 409
    return progress_page(issue, error), 409


def preview_page(issue_id: int, problem: NewsletterError | None = None, addresses: str = "") -> str:
    try:
        shown = preview_issue(context(), issue_id, current_principal())
    except InvalidInput as error:
        shown, problem = None, error
    return render(
        "editor/preview.html",
        issue=open_this(issue_id),
        preview=shown,
        has_other_pictures=shown is not None and has_other_pictures(shown.html),
        problem=problem,
        views=VIEWS,
        shown=shown_view(),
        addresses=addresses,
    )


def panel(
    issue: OpenIssue,
    *,
    typed: str = "",
    problem: NewsletterError | None = None,
    instead: str = "",
    choices: list[tuple[int, str]] | None = None,
) -> str:
    """`typed` is a time, `instead` one that exists, `choices` the two that it may mean."""
    zone = ZoneInfo(issue.profile.time_zone)
    checked = problem.checked if isinstance(problem, ChecksFailed) else None
    readiness = check_readiness(context(), issue.id, current_principal(), checked)
    wrong_audience = isinstance(problem, InvalidInput) and problem.field in set(Kind)
    if not typed and issue.scheduled_at:
        typed = f"{issue.scheduled_at.astimezone(zone):%Y-%m-%dT%H:%M}"
    return render(
        "editor/send.html",
        issue=issue,
        readiness=readiness,
        conditions=typed_values() if wrong_audience else values_of(readiness.audience),
        wrong_audience=wrong_audience,
        clashes=clashes_with(context(), issue.id, current_principal()),
        can_undo_send=can_undo_send(context(), issue.id, current_principal()),
        seconds_left=countdown(issue)["seconds_left"],
        local_now=context().now().astimezone(zone),
        usual_times=usual_times(context().now(), issue.profile.time_zone),
        typed=typed,
        problem=problem,
        instead=instead,
        choices=choices or [],
        due=said_time(issue.scheduled_at, str(zone)) if issue.scheduled_at else "",
        due_utc=utc_words(issue.scheduled_at) if issue.scheduled_at else "",
    )


def progress_page(issue: OpenIssue, problem: Conflict | None = None) -> str:
    return render("editor/progress.html", issue=issue, problem=problem, **report_values(issue))


def countdown(issue: OpenIssue) -> dict[str, Any]:
    """`seconds_left` is 0 while a worker is about to take it."""
    now: datetime = context().now()
    due = issue.scheduled_at or now
    return {
        "seconds_left": max(0, math.ceil((due - now).total_seconds())),
        "due": said_time(due, issue.profile.time_zone),
    }


def report_values(issue: OpenIssue) -> dict[str, Any]:
    report = report_issue(context(), issue.id, current_principal())
    return {
        "report": report,
        "bars": bars_of(report),
        "later_kinds": list(LaterKind),
        "plot": plot_of(report, issue.profile.time_zone, context().now()),
        "now": context().now(),
        "refresh_s": refresh_s(report),
        "offers": offers(report),
        "done_at": done_at(report, context().now(), issue.profile.time_zone),
        "time_left": time_left(report),
    }

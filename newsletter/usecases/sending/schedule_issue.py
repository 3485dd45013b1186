"""Fixing the time of an issue, taking it back, and sending it right away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.issues.issue import IssueState, moment_of_local_time, require_future
from newsletter.domain.readers.audiences import Audience, in_words, kept_audience
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.issues.states import change_state
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import WrittenIssue, read_issue
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.reach import require_readers
from newsletter.usecases.sending.prepare_to_send import prepare_to_send

_SENDABLE = frozenset({IssueState.DRAFT, IssueState.SCHEDULED})


def schedule_issue(
    context: Context, issue_id: int, local_time: datetime, fold: int | None, principal: Principal
) -> datetime:
    """`local_time` is naive, in the newsletter's zone; returns the moment in UTC.

    Raises SkippedHour, DoubleHour, InvalidInput for the past or an issue that can't be sent,
    ChecksFailed for an error that is not overridden, Conflict if it was changed meanwhile.
    """
    require_for_issue(context, principal, "schedule_issue", issue_id)
    written = _read_sendable(context, issue_id)
    zone = written.profile.time_zone
    moment = moment_of_local_time(local_time, zone, fold)
    require_future(moment, context.now(), zone)
    prepare_to_send(context, written)
    with context.database.write() as session:
        issue = _unchanged(session, written)
        if issue.state == IssueState.SCHEDULED and issue.scheduled_at == moment:
            return moment  # the form was sent twice
        issue.scheduled_at, issue.undo_until = moment, None
        facts = {"scheduled_at": moment.isoformat(), "zone": zone}
        change = Change(Action.ISSUE_SCHEDULED, principal, context.now(), facts)
        change_state(session, issue, IssueState.SCHEDULED, change)
        return moment


def send_now(
    context: Context, issue_id: int, principal: Principal, audience: Audience | None = None
) -> datetime:
    """When it goes out: now, or once the newsletter's time to take it back is over.

    With `audience` only to that one: Conflict when another was chosen meanwhile. The door wakes
    `issues([issue_id])` after it. Raises as `schedule_issue` does.
    """
    require_for_issue(context, principal, "send_now", issue_id)
    written = _read_sendable(context, issue_id)
    prepare_to_send(context, written)
    with context.database.write() as session:
        issue = _unchanged(session, written)
        if issue.state == IssueState.SCHEDULED and issue.undo_until and issue.scheduled_at:
            return issue.scheduled_at  # the form was sent twice: the countdown is not begun again
        _require_readers(session, issue, audience, context.now())
        undo, now = timedelta(minutes=issue.newsletter.undo_minutes), context.now()
        issue.scheduled_at = now + undo
        issue.undo_until = issue.scheduled_at if undo else None
        if undo:
            facts = {
                "scheduled_at": issue.scheduled_at.isoformat(),
                "zone": issue.newsletter.time_zone,
            }
            change = Change(Action.ISSUE_SENT_WITH_UNDO, principal, now, facts)
            change_state(session, issue, IssueState.SCHEDULED, change)
        else:
            change = Change(Action.ISSUE_SENT_NOW, principal, now)
            change_state(session, issue, IssueState.SENDING, change)
        return issue.scheduled_at


def can_undo_send(context: Context, issue_id: int, principal: Principal) -> bool:
    """Whether it was sent just now, and waits for nothing but second thoughts."""
    require_for_issue(context, principal, "can_undo_send", issue_id)
    with context.database.read() as session:
        issue = session.get(Issue, issue_id)
        return (
            issue is not None
            and issue.state == IssueState.SCHEDULED
            and issue.undo_until is not None
        )


def unschedule_issue(context: Context, issue_id: int, principal: Principal) -> bool:
    """Back to a draft, from scheduled, or from paused when nothing of it was sent yet.

    Returns whether that undid “Send now”.
    """
    require_for_issue(context, principal, "unschedule_issue", issue_id)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        is_untouched = issue.state == IssueState.PAUSED and not edition_of(session, issue_id)
        if issue.state != IssueState.SCHEDULED and not is_untouched:
            raise Conflict(
                f"This issue is {issue.state}, so it can't become a draft again.",
                advice="You can unschedule an issue only before anything is sent.",
            )
        facts = {"was_going_out": True} if issue.undo_until else {}
        issue.scheduled_at = issue.undo_until = None
        change = Change(Action.ISSUE_UNSCHEDULED, principal, context.now(), facts)
        change_state(session, issue, IssueState.DRAFT, change)
        return bool(facts)


def _read_sendable(context: Context, issue_id: int) -> WrittenIssue:
    written = read_issue(context, issue_id)
    _require_sendable(written.state)
    return written


def _unchanged(session: Session, written: WrittenIssue) -> Issue:
    """Locked. Raises Conflict unless it is what was rendered and checked a moment ago."""
    issue = issue_with_content(session, written.id, lock=True)
    _require_sendable(issue.state)
    if not written.is_current(issue):
        raise Conflict(
            "This issue or its newsletter was changed while it was being checked.",
            advice="Check it again, then send or schedule it.",
        )
    return issue


def _require_sendable(state: str) -> None:
    if state not in _SENDABLE:
        raise Conflict(f"This issue is already {state}.", advice="Check its page for the progress.")


def _require_readers(
    session: Session, issue: Issue, wanted: Audience | None, now: datetime
) -> None:
    audience = kept_audience(issue.audience)
    if wanted is not None and wanted != audience:
        raise Conflict(
            "Someone chose another audience meanwhile.",
            advice=f"It would go to {in_words(audience)}. Check it, then send it again.",
        )
    require_readers(session, issue, now)

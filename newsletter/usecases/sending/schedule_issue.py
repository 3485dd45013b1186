"""Fixing the time of an issue, taking it back, and sending it right away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.consent import SubscriptionState
from newsletter.domain.errors import Conflict
from newsletter.domain.issues import IssueState, moment_of_local_time, require_future
from newsletter.domain.principals import Principal
from newsletter.store.events import events_about
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.issues.states import Change, change_state
from newsletter.store.models import Issue, Subscription
from newsletter.usecases.checks.check_issue import require_checked
from newsletter.usecases.checks.score_spam import ask_spam_filter_once
from newsletter.usecases.context import Context
from newsletter.usecases.sending.start_issue import render_issue

_SENDABLE = frozenset({IssueState.DRAFT, IssueState.SCHEDULED})


def schedule_issue(
    context: Context, issue_id: int, local_time: datetime, fold: int | None, principal: Principal
) -> datetime:
    """`local_time` is naive, in the newsletter's zone; returns the moment in UTC.

    Raises SkippedHour, DoubleHour, InvalidInput for the past or an issue that can't be sent, which
    one is in which a check finds an error that nobody answers for.
    """
    ask_spam_filter_once(context, issue_id)
    require_checked(context, issue_id)
    with context.database.write() as session:
        issue = _sendable(context, session, issue_id)
        zone = issue.newsletter.time_zone
        moment = moment_of_local_time(local_time, zone, fold)
        require_future(moment, context.now(), zone)
        issue.scheduled_at = moment
        facts = {"scheduled_at": moment.isoformat(), "zone": zone}
        change = Change(Action.ISSUE_SCHEDULED, principal, context.now(), facts)
        change_state(session, issue, IssueState.SCHEDULED, change)
        return moment


def send_now(context: Context, issue_id: int, principal: Principal) -> datetime:
    """When it goes out: now, or once the newsletter's time to take it back is over.

    The door wakes `issues([issue_id])` after it.
    """
    ask_spam_filter_once(context, issue_id)
    require_checked(context, issue_id)
    with context.database.write() as session:
        issue = _sendable(context, session, issue_id)
        if not _has_readers(session, issue.newsletter_id):
            raise Conflict(
                "There is nobody to send it to yet: no reader has confirmed.",
                advice="Share the signup page, or import readers who have agreed.",
            )
        undo, now = timedelta(minutes=issue.newsletter.undo_minutes), context.now()
        issue.scheduled_at = now + undo
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


def can_be_taken_back(context: Context, issue_id: int) -> bool:
    """Whether it was sent just now, and waits for nothing but second thoughts."""
    with context.database.read() as session:
        issue = session.get(Issue, issue_id)
        last = next(iter(events_about(session, "issue", issue_id, limit=1)), None)
        is_scheduled = issue is not None and issue.state == IssueState.SCHEDULED
        return is_scheduled and last is not None and last.verb == Action.ISSUE_SENT_WITH_UNDO


def unschedule_issue(context: Context, issue_id: int, principal: Principal) -> None:
    """Back to a draft, from scheduled, or from paused when nothing of it was sent yet."""
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        is_untouched = issue.state == IssueState.PAUSED and not edition_of(session, issue_id)
        if issue.state != IssueState.SCHEDULED and not is_untouched:
            raise Conflict(
                f"This issue is {issue.state}, so it can't become a draft again.",
                advice="Only what is scheduled, or paused before anything was sent, can.",
            )
        issue.scheduled_at = None
        change = Change(Action.ISSUE_UNSCHEDULED, principal, context.now())
        change_state(session, issue, IssueState.DRAFT, change)


def _sendable(context: Context, session: Session, issue_id: int) -> Issue:
    """Rendered as a trial, so that what can't be sent is said now and not at nine on Monday."""
    issue = issue_with_content(session, issue_id, lock=True)
    if issue.state not in _SENDABLE:
        raise Conflict(
            f"This issue is {issue.state} already.", advice="Look at its page to see how it goes."
        )
    render_issue(context, issue, context.now())
    return issue


def _has_readers(session: Session, newsletter_id: int) -> bool:
    active = exists().where(
        Subscription.newsletter_id == newsletter_id,
        Subscription.state == SubscriptionState.ACTIVE,
    )
    return bool(session.scalar(select(active)))

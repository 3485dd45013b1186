"""Issues that are due, under way, and those that nothing started in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from newsletter.domain.actions import Action
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import Change
from newsletter.store.issues.states import change_states
from newsletter.store.leases import CLOCKS_DIFFER_BY
from newsletter.store.models import Issue


def claim_due(session: Session, now: datetime) -> int:
    """Starts sending scheduled issues that are due, and returns how many.

    The row count decides which ticker starts an issue.
    """
    claimed = change_states(
        session,
        _is_due(now),
        {IssueState.SCHEDULED},
        IssueState.SENDING,
        Change(Action.ISSUE_DUE, SYSTEM, now),
    )
    return len(claimed)


def overdue(session: Session, latest: datetime) -> list[Issue]:
    """Locks and returns issues that were due before `latest`, and skips locked ones."""
    return list(
        session.scalars(
            select(Issue)
            .where(Issue.state == IssueState.SCHEDULED, Issue.scheduled_at < latest)
            .options(selectinload(Issue.newsletter))
            .with_for_update(skip_locked=True)
        )
    )


def under_way(session: Session, now: datetime) -> list[Issue]:
    """Locks and returns the issues that are being sent, or are due."""
    is_due = and_(Issue.state == IssueState.SCHEDULED, _is_due(now))
    return list(
        session.scalars(
            select(Issue)
            .where(or_(Issue.state == IssueState.SENDING, is_due))
            .options(selectinload(Issue.newsletter))
            .order_by(Issue.id)
            .with_for_update(of=Issue)
        )
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Also what was to go out at once, said to a clock that was ahead."""
    ahead = now + CLOCKS_DIFFER_BY
    return or_(
        Issue.scheduled_at <= now, and_(Issue.undo_until.is_not(None), Issue.state_at > ahead)
    )

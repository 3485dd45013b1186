"""Issues that are due, and those that nothing started in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from newsletter.domain.actions import Action
from newsletter.domain.issues import IssueState
from newsletter.domain.principals import SYSTEM
from newsletter.store.events import Change
from newsletter.store.issues.states import change_states
from newsletter.store.models import Issue


def claim_due(session: Session, now: datetime) -> int:
    """Starts sending scheduled issues that are due, and returns how many.

    The row count decides which ticker starts an issue.
    """
    claimed = change_states(
        session,
        Issue.scheduled_at <= now,
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

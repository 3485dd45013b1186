"""Issues by the clock: those that are due, and those that nobody woke in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from newsletter.domain.issues import IssueState
from newsletter.store.leases import changed_rows
from newsletter.store.models import Issue


def claim_due(session: Session, now: datetime) -> int:
    """Scheduled issues whose time has come are sending; each is claimed by one ticker alone."""
    return changed_rows(
        session,
        update(Issue)
        .where(Issue.state == IssueState.SCHEDULED, Issue.scheduled_at <= now)
        .values(state=IssueState.SENDING, state_at=now, state_reason=""),
    )


def overdue(session: Session, latest: datetime) -> list[Issue]:
    return list(
        session.scalars(
            select(Issue)
            .where(Issue.state == IssueState.SCHEDULED, Issue.scheduled_at < latest)
            .options(selectinload(Issue.newsletter))
            .with_for_update(skip_locked=True)
        )
    )

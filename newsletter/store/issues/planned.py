"""Issues with a time, over newsletters: scheduled, going out, or sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import kept_audience
from newsletter.domain.sending.calendars import Planned
from newsletter.store.models import Issue, Newsletter

_STARTED = (IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)


def planned_between(
    session: Session, begin: datetime, end: datetime, newsletter_ids: Collection[int] | None
) -> list[Planned]:
    """In the order of their times. None is all newsletters."""
    at = Issue.scheduled_at.between(begin, end)
    is_sent = and_(
        Issue.state.in_(_STARTED), or_(at, and_(Issue.sent_at.is_not(None), _sent(begin, end)))
    )
    which = [or_(and_(Issue.state == IssueState.SCHEDULED, at), is_sent)]
    if newsletter_ids is not None:
        which.append(Issue.newsletter_id.in_(newsletter_ids))
    rows = session.execute(
        select(
            Issue.id,
            Issue.title,
            Issue.state,
            Issue.scheduled_at,
            Issue.sent_at,
            Issue.audience,
            Newsletter.id.label("newsletter_id"),
            Newsletter.name,
            Newsletter.time_zone,
        )
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(*which)
    )
    found = [
        Planned(
            issue_id=row.id,
            title=row.title,
            state=IssueState(row.state),
            at=row.scheduled_at or row.sent_at,
            audience=kept_audience(row.audience),
            newsletter_id=row.newsletter_id,
            newsletter=row.name,
            zone=row.time_zone,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.at, one.issue_id))


def _sent(begin: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(Issue.scheduled_at.is_(None), Issue.sent_at.between(begin, end))


def scheduled_time(session: Session, issue_id: int) -> datetime | None:
    """None unless it is scheduled."""
    return session.scalar(
        select(Issue.scheduled_at).where(Issue.id == issue_id, Issue.state == IssueState.SCHEDULED)
    )


def scheduled_issues(session: Session, newsletter_id: int) -> list[Issue]:
    """Locked, in the order of their times. Without those that count down after “send now”."""
    return list(
        session.scalars(
            select(Issue)
            .where(
                Issue.newsletter_id == newsletter_id,
                Issue.state == IssueState.SCHEDULED,
                Issue.undo_until.is_(None),
            )
            .order_by(Issue.scheduled_at, Issue.id)
            .with_for_update()
        )
    )

"""The sponsors that are booked, and which of them an issue has."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.store.models import Issue, SponsorRow


def sponsors_of(session: Session, newsletter_id: int) -> list[Sponsor]:
    """The last ones first."""
    rows = session.scalars(
        select(SponsorRow)
        .where(SponsorRow.newsletter_id == newsletter_id, SponsorRow.deleted_at.is_(None))
        .order_by(SponsorRow.starts_on.desc(), SponsorRow.id.desc())
    )
    return [_sponsor(row) for row in rows]


def sponsors_in(session: Session, issue: Issue, now: datetime) -> tuple[Sponsor, ...]:
    """Those of its day: its own date, or the day that it is or was scheduled for, or today. `issue`
    has its newsletter.
    """
    if issue.state == IssueState.IMPORTED:
        return ()
    moment = issue.scheduled_at or now
    day = issue.issued_on or moment.astimezone(ZoneInfo(issue.newsletter.time_zone)).date()
    rows = session.scalars(
        select(SponsorRow)
        .where(
            SponsorRow.newsletter_id == issue.newsletter_id,
            SponsorRow.deleted_at.is_(None),
            SponsorRow.starts_on <= day,
            SponsorRow.ends_on >= day,
        )
        .order_by(SponsorRow.after_sections, SponsorRow.id)
    )
    return tuple(_sponsor(row) for row in rows)


def sponsor_row(session: Session, newsletter_id: int, sponsor_id: int) -> SponsorRow:
    """Raises NotFound, also for one that was cancelled or is of another newsletter."""
    row = session.get(SponsorRow, sponsor_id)
    if row is None or row.newsletter_id != newsletter_id or row.deleted_at:
        raise NotFound("This booking does not exist.")
    return row


def _sponsor(row: SponsorRow) -> Sponsor:
    return Sponsor(
        title=row.title,
        url=row.url,
        body=row.body,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        after_sections=row.after_sections,
        id=row.id,
    )

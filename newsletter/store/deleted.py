"""Templates and bookings that were deleted: kept for a while, and brought back as they were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.store.models import IssueTemplate, SponsorRow

Deletable = IssueTemplate | SponsorRow


def deleted_rows(session: Session, newsletter_id: int, since: datetime) -> list[Deletable]:
    found: list[Deletable] = []
    for kind in (IssueTemplate, SponsorRow):
        wanted = select(kind).where(kind.newsletter_id == newsletter_id, kind.deleted_at >= since)
        found += session.scalars(wanted)
    return found


def deletable_row(
    session: Session, newsletter_id: int, kind: str, row_id: int, since: datetime
) -> Deletable | None:
    """One that is back already is found, too: Undo may be pressed twice. None for what is gone for
    good.
    """
    row: Deletable | None = None
    if kind == "template":
        row = session.get(IssueTemplate, row_id)
    elif kind == "sponsor":
        row = session.get(SponsorRow, row_id)
    if row is None or row.newsletter_id != newsletter_id:
        return None
    return row if row.deleted_at is None or row.deleted_at >= since else None


def forget_deleted(session: Session, before: datetime) -> None:
    for kind in (IssueTemplate, SponsorRow):
        session.execute(delete(kind).where(kind.deleted_at < before))

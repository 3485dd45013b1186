"""The editions of a newsletter with the titles of their issues, without their content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.store.models import Edition, Issue


@dataclass(frozen=True, slots=True)
class SentEdition:
    """`copies` is how many subscribers it was frozen for."""

    id: int
    issue_id: int
    number: int
    title: str
    at: datetime
    copies: int


def sent_editions(
    session: Session, newsletter_id: int, before: int | None, limit: int | None
) -> list[SentEdition]:
    """The newest first; those before an edition's id, if one is given."""
    wanted = (
        select(
            Edition.id,
            Edition.issue_id,
            Edition.number,
            Issue.title,
            Edition.frozen_at,
            Edition.active_at_freeze,
        )
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Edition.newsletter_id == newsletter_id)
        .order_by(Edition.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(Edition.id < before)
    return [SentEdition(*row) for row in session.execute(wanted)]

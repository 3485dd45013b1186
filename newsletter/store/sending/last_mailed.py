"""When subscribers last got an issue, noted from the ledger of each issue that has ended.

Noting it with each copy would have made sending slower. Until an edition is noted, its ledger is
asked.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.store.models import Delivery, Edition, Issue, LastMailed, MailedEdition
from newsletter.store.upserts import insert_of

NEVER_MAILED = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 10_000
"""Copies in one transaction: SQLite has one writer at a time."""
_ENDED = (IssueState.SENT, IssueState.CANCELLED)


def not_noted(session: Session, newsletter_id: int, since: datetime) -> list[int]:
    """Editions that may have copies accepted since then that LastMailed does not know."""
    wanted = (Edition.newsletter_id == newsletter_id, Edition.expires_at >= since, ~_IS_NOTED)
    found = select(Edition.id).join(Issue, Issue.id == Edition.issue_id).where(*wanted)
    return list(session.scalars(found))


def editions_to_note(session: Session) -> list[int]:
    """Of issues that have ended, the latest first: what it has noted needs no older copies."""
    found = (
        select(Edition.id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Issue.state.in_(_ENDED), ~_IS_NOTED)
        .order_by(Edition.frozen_at.desc())
    )
    return list(session.scalars(found))


def note_copies(session: Session, edition_id: int, after: int) -> int | None:
    """Of some subscribers, from the one after `after` on. Returns the last, None at the end."""
    ours = (Delivery.edition_id == edition_id, Delivery.subscriber_id > after)
    some = select(Delivery.subscriber_id).where(*ours).order_by(Delivery.subscriber_id)
    last: int | None = session.scalar(
        select(func.max(some.limit(AT_ONCE).subquery().c.subscriber_id))
    )
    if last is None:
        return None
    newsletter = select(Edition.newsletter_id).where(Edition.id == edition_id).scalar_subquery()
    session.execute(
        update(LastMailed)
        .where(
            *ours,
            Delivery.subscriber_id <= last,
            Delivery.state == DeliveryState.ACCEPTED,
            LastMailed.newsletter_id == newsletter,
            LastMailed.subscriber_id == Delivery.subscriber_id,
            LastMailed.at < Delivery.state_at,
        )
        .values(at=Delivery.state_at)
        .execution_options(synchronize_session=False)
    )
    return last


def note_edition(session: Session, edition_id: int, now: datetime) -> None:
    """All its copies are noted as they were at `now`."""
    statement = insert_of(session, MailedEdition).values(edition_id=edition_id, noted_at=now)
    more = {"noted_at": now}
    session.execute(statement.on_conflict_do_update(index_elements=["edition_id"], set_=more))


def note_again(session: Session, edition_id: int) -> None:
    """A copy was accepted after the issue had ended."""
    session.execute(delete(MailedEdition).where(MailedEdition.edition_id == edition_id))


_IS_NOTED = exists().where(
    MailedEdition.edition_id == Edition.id,
    MailedEdition.noted_at >= Issue.state_at,
    Issue.state.in_(_ENDED),
)
"""An issue that is sent once more changes its state."""

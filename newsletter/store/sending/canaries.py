"""Canaries: batches that are sent first, and batches that are held until the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.sending.canaries import CanaryVerdict
from newsletter.store.leases import changed_rows
from newsletter.store.models import Batch, Delivery, Edition, Issue, Subscription

_SPREAD = 65_536
_MULTIPLIER, _SALT = 40_503, 25_173


@dataclass(frozen=True, slots=True)
class Failures:
    """`copies` that failed with the same reply at the same stage."""

    stage: str
    reply: Reply | None
    copies: int


def spread_key(edition_id: int) -> ColumnElement[int]:
    """A number for each subscription: readers with the lowest ones make the canary.

    It spreads readers evenly and differs for each edition. Multiplicative hashing: the odd
    multiplier makes it one to one within each 65,536 ids.
    """
    low = Subscription.subscriber_id % _SPREAD
    return (low * _MULTIPLIER + (edition_id * _SALT) % _SPREAD) % _SPREAD


def highest_spread_key(session: Session, audience: Select[int], readers: int) -> int:
    """The highest spread key in a canary of `readers`. `audience` is a SELECT of spread keys."""
    keys = audience.subquery()
    ordered = select(keys.c[0]).order_by(keys.c[0])
    found: int = session.scalars(ordered.offset(readers - 1).limit(1)).one()
    return found


def waiting_for_verdict(session: Session) -> list[tuple[int, int]]:
    """(edition id, issue id) of issues being sent whose canary is finished and batches are held."""
    held = exists().where(
        Batch.edition_id == Edition.id, Batch.closed_at.is_(None), Batch.held_at.is_not(None)
    )
    rows = session.execute(
        select(Edition.id, Edition.issue_id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Issue.state == IssueState.SENDING, held)
    ).all()
    return [(row.id, row.issue_id) for row in rows if not _is_under_way(session, row.id)]


def attempted(session: Session, edition_id: int) -> int:
    """How many copies of the canary got a reply."""
    return _count(session, _of_canary(session, edition_id), Delivery.attempts > 0)


def readers(session: Session, edition_id: int) -> int:
    """How many readers the canary has; 0 without a canary."""
    return _count(session, _of_canary(session, edition_id))


def has_held(session: Session, edition_id: int) -> bool:
    """Whether the edition has batches that are held until the verdict."""
    held = exists().where(
        Batch.edition_id == edition_id,
        Batch.closed_at.is_(None),
        Batch.held_at.is_not(None),
    )
    return bool(session.scalar(select(held)))


def failures(session: Session, edition_id: int) -> list[Failures]:
    columns = (
        Delivery.reply_stage,
        Delivery.reply_code,
        Delivery.reply_enhanced,
        Delivery.reply_text,
    )
    rows = session.execute(
        select(*columns, func.count().label("copies"))
        .where(_of_canary(session, edition_id), Delivery.state == DeliveryState.FAILED)
        .group_by(*columns)
    )
    return [
        Failures(
            stage=row.reply_stage,
            reply=(
                Reply(row.reply_code, row.reply_text, row.reply_enhanced)
                if row.reply_code is not None
                else None
            ),
            copies=row.copies,
        )
        for row in rows
    ]


def release(session: Session, edition_id: int) -> int:
    """Releases all held batches, and returns how many."""
    return changed_rows(
        session,
        update(Batch)
        .where(Batch.edition_id == edition_id, Batch.held_at.is_not(None))
        .values(held_at=None),
    )


def record_verdict(
    session: Session, edition_id: int, verdict: CanaryVerdict, now: datetime
) -> None:
    session.execute(
        update(Edition)
        .where(Edition.id == edition_id)
        .values(canary_verdict=verdict, canary_judged_at=now)
    )


def was_stopped(session: Session, edition_id: int) -> bool:
    found = session.scalar(select(Edition.canary_verdict).where(Edition.id == edition_id))
    return found == CanaryVerdict.STOPPED


def _is_under_way(session: Session, edition_id: int) -> bool:
    under_way = exists().where(
        _of_canary(session, edition_id),
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HANDING_OVER)),
    )
    return bool(session.scalar(select(under_way)))


def _of_canary(session: Session, edition_id: int) -> ColumnElement[bool]:
    """By a list of batch ids: with a subquery, PostgreSQL would read the whole ledger."""
    batches = select(Batch.id).where(Batch.edition_id == edition_id, Batch.is_canary)
    return Delivery.batch_id.in_(session.scalars(batches).all())


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(Delivery).where(*conditions)
    return session.scalar(counted) or 0

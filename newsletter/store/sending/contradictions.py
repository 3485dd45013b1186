"""Finds and repairs a ledger that contradicts itself, as after a restored backup or a manual edit.

It reads every line, so it is used once an issue, when nothing else is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.store.models import Batch, Delivery, Edition, Subscription
from newsletter.store.sending.ledger import require_legal

Clause = ColumnElement[bool]

_WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED)


def count_stranded(session: Session, edition_id: int) -> dict[DeliveryState, int]:
    """Deliveries that are still open, by state. Call it when no batch is open and none is due."""
    open_states = (*_WAITING, DeliveryState.HANDING_OVER)
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.edition_id == edition_id, Delivery.state.in_(open_states))
        .group_by(Delivery.state)
    )
    return {DeliveryState(state): count for state, count in rows}


def rebatch_waiting(session: Session, edition_id: int, now: datetime, size: int) -> None:
    """Moves pending and deferred deliveries into new batches, as pending."""
    require_legal(DeliveryState.DEFERRED, DeliveryState.PENDING)
    waiting = select(Delivery.subscriber_id).where(
        Delivery.edition_id == edition_id, Delivery.state.in_(_WAITING)
    )
    readers = list(session.scalars(waiting.order_by(Delivery.subscriber_id)))
    for start in range(0, len(readers), size):
        session.execute(
            update(Delivery)
            .where(
                Delivery.edition_id == edition_id,
                Delivery.subscriber_id.in_(readers[start : start + size]),
            )
            .values(
                state=DeliveryState.PENDING,
                state_at=now,
                due_at=None,
                batch_id=_new_batch(session, edition_id, now),
            )
        )


def settle_handing_over(  # noqa: PLR0913, PLR0917  which lines, and what is written on them
    session: Session,
    edition_id: int,
    state: DeliveryState,
    detail: str,
    now: datetime,
    batch_id: int | None = None,
) -> int:
    """Gives deliveries that are handing over the new `state`. Returns how many.

    All of the edition, or with `batch_id` those of this batch and of batches without a lease.
    """
    require_legal(DeliveryState.HANDING_OVER, state)
    which = [Delivery.edition_id == edition_id, Delivery.state == DeliveryState.HANDING_OVER]
    if batch_id is not None:
        unleased = select(Batch.id).where(
            Batch.edition_id == edition_id, Batch.lease_owner.is_(None)
        )
        which.append(or_(Delivery.batch_id == batch_id, Delivery.batch_id.in_(unleased)))
    changed = session.scalars(
        update(Delivery)
        .where(*which)
        .values(
            state=state,
            state_at=now,
            attempts=Delivery.attempts + 1,
            due_at=None,
            detail=detail,
        )
        .returning(Delivery.subscriber_id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


def add_missing(
    session: Session, edition: Edition, readers: Iterable[Clause], now: datetime, size: int
) -> int:
    """Adds deliveries for subscriptions that have none and for which all `readers` hold.

    `readers` are those of the freeze. Returns how many.
    """
    lines = session.scalar(select(func.count()).where(Delivery.edition_id == edition.id)) or 0
    if lines >= edition.active_at_freeze:
        return 0
    missing = _without_a_line(session, edition, readers)
    for start in range(0, len(missing), size):
        ids = [subscription_id for subscription_id, _ in missing[start : start + size]]
        _insert_lines(session, edition.id, ids, _new_batch(session, edition.id, now), now)
    return len(missing)


def _without_a_line(
    session: Session, edition: Edition, readers: Iterable[Clause]
) -> list[tuple[int, int]]:
    theirs = (Delivery.edition_id == edition.id) & (
        Delivery.subscriber_id == Subscription.subscriber_id
    )
    rows = session.execute(
        select(Subscription.id, Subscription.subscriber_id)
        .outerjoin(Delivery, theirs)
        .where(
            *readers,
            Subscription.state_at <= edition.frozen_at,
            Delivery.edition_id.is_(None),
        )
        .order_by(Subscription.subscriber_id)
    )
    return [(row.id, row.subscriber_id) for row in rows]


def _insert_lines(
    session: Session, edition_id: int, ids: Iterable[int], batch_id: int, now: datetime
) -> None:
    blank = {"attempts": literal(0)} | {
        name: literal("")
        for name in ("reply_stage", "reply_enhanced", "reply_text", "queue_id", "detail", "relay")
    }
    lines = select(
        literal(edition_id),
        Subscription.subscriber_id,
        Subscription.id,
        literal(batch_id),
        literal(DeliveryState.PENDING.value),
        literal(now, Delivery.state_at.type),
    ).add_columns(*blank.values())
    names = ["edition_id", "subscriber_id", "subscription_id", "batch_id", "state", "state_at"]
    session.execute(
        insert(Delivery).from_select(
            [*names, *blank], lines.where(Subscription.id.in_(list(ids))), include_defaults=False
        )
    )


def _new_batch(session: Session, edition_id: int, now: datetime) -> int:
    batch = Batch(edition_id=edition_id, created_at=now)
    session.add(batch)
    session.flush()
    return batch.id

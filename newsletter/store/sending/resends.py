"""Copies that an editor sends again: they become pending, in new batches."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Batch, Delivery, Subscription
from newsletter.store.sending import batches
from newsletter.store.sending.ledger import require_legal


class Ended(StrEnum):
    """How a copy ended that can be sent again. `held`: uncertain, waiting for the editor."""

    FAILED = "failed"
    EXPIRED = "expired"
    HELD = "held"


NOT_TAKEN = (Ended.FAILED, Ended.EXPIRED)
_STATES = {
    Ended.FAILED: DeliveryState.FAILED,
    Ended.EXPIRED: DeliveryState.EXPIRED,
    Ended.HELD: DeliveryState.UNCERTAIN,
}


def count_resendable(
    session: Session,
    edition_id: int,
    kinds: Collection[Ended],
    among: Collection[int] | None = None,
) -> tuple[dict[Ended, int], int]:
    """(copies that can be sent again by kind, copies that can't because readers left). Where the
    subscribers are known `among` whom they are, no other line of the ledger is read.
    """
    counts, left_out = dict.fromkeys(kinds, 0), 0
    those = [] if among is None else [Delivery.subscriber_id.in_(among)]
    for kind in kinds:
        rows = session.execute(
            select(_IS_ACTIVE.label("is_active"), func.count().label("copies"))
            .where(Delivery.edition_id == edition_id, _ended(kind), *those)
            .group_by("is_active")
        )
        for row in rows:
            if row.is_active:
                counts[kind] = row.copies
            else:
                left_out += row.copies
    return counts, left_out


def resendable_copies(
    session: Session, edition_id: int, kinds: Collection[Ended], most: int
) -> list[int] | None:
    """The subscribers of copies that ended so, active or not. None if they are more than `most`."""
    if not kinds:
        return []
    wanted = or_(*(_ended(kind) for kind in kinds))
    ids = select(Delivery.subscriber_id).where(Delivery.edition_id == edition_id, wanted)
    found = list(session.scalars(ids.limit(most + 1)))
    return found if len(found) <= most else None


def requeue(  # noqa: PLR0913  what to requeue, and how it is recorded
    session: Session,
    edition_id: int,
    kinds: Collection[Ended],
    now: datetime,
    *,
    batch_size: int,
    detail: str,
) -> list[int]:
    """Makes copies for active readers pending again, and returns the ids of the new batches.

    The last reply stays in the ledger until there is another.
    """
    for kind in kinds:
        require_legal(_STATES[kind], DeliveryState.PENDING)
    wanted = and_(or_(*(_ended(kind) for kind in kinds)), _IS_ACTIVE)
    lows = _range_starts(session, edition_id, wanted, batch_size)
    if not lows:
        return []
    batch_ids = _new_batches(session, edition_id, len(lows), now)
    moved = (
        update(Delivery)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.subscriber_id.between(bindparam("low"), bindparam("high")),
            wanted,
        )
        .values(
            state=DeliveryState.PENDING,
            state_at=now,
            due_at=None,
            detail=detail,
            batch_id=bindparam("batch"),
        )
    )
    ranges = zip(lows, [low - 1 for low in lows[1:]] + [2**63 - 1], batch_ids, strict=True)
    session.connection().execute(
        moved, [{"low": low, "high": high, "batch": batch} for low, high, batch in ranges]
    )
    return batch_ids


def take_back_refused(
    session: Session,
    copies: Collection[tuple[int, int]],
    now: datetime,
    batch_size: int,
    detail: str,
) -> None:
    """Makes refused copies, as (edition, subscriber), pending again: the refusal was not theirs.

    The attempt is not counted. Copies of readers who left meanwhile stay as they are.
    """
    require_legal(DeliveryState.FAILED, DeliveryState.PENDING)
    for edition_id in sorted({edition_id for edition_id, _ in copies}):
        readers = sorted(reader for edition, reader in copies if edition == edition_id)
        for start in range(0, len(readers), batch_size):
            (batch_id,) = _new_batches(session, edition_id, 1, now)
            session.execute(
                update(Delivery)
                .where(
                    Delivery.edition_id == edition_id,
                    Delivery.subscriber_id.in_(readers[start : start + batch_size]),
                    Delivery.state == DeliveryState.FAILED,
                    _IS_ACTIVE,
                )
                .values(
                    state=DeliveryState.PENDING,
                    state_at=now,
                    attempts=Delivery.attempts - 1,
                    detail=detail,
                    batch_id=batch_id,
                )
            )
            batches.close_if_done(session, batch_id, now)  # all of its readers may have left


def _ended(kind: Ended) -> ColumnElement[bool]:
    state = Delivery.state == _STATES[kind]
    # An uncertain copy with a `due_at` is sent again without an editor.
    return and_(state, Delivery.due_at.is_(None)) if kind is Ended.HELD else state


_IS_ACTIVE = exists().where(
    Subscription.id == Delivery.subscription_id, Subscription.state == SubscriptionState.ACTIVE
)


def _range_starts(
    session: Session, edition_id: int, wanted: ColumnElement[bool], batch_size: int
) -> list[int]:
    position = func.row_number().over(order_by=Delivery.subscriber_id)
    numbered = (
        select(Delivery.subscriber_id, position.label("position"))
        .where(Delivery.edition_id == edition_id, wanted)
        .subquery()
    )
    return list(
        session.scalars(
            select(numbered.c.subscriber_id)
            .where((numbered.c.position - 1) % batch_size == 0)
            .order_by(numbered.c.subscriber_id)
        )
    )


def _new_batches(session: Session, edition_id: int, count: int, now: datetime) -> list[int]:
    made = insert(Batch).returning(Batch.id)
    rows = [{"edition_id": edition_id, "created_at": now} for _ in range(count)]
    return list(session.scalars(made, rows))

"""The ledger: the state of each reader's copy. windows.py has the hot path, a window of a batch.

Functions that change states check the transition with `require_legal` before their UPDATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import OPEN_STATES, TRANSITIONS, DeliveryState
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.store.leases import CLOCKS_DIFFER_BY, changed_rows
from newsletter.store.models import Batch, Delivery, Edition


# Not frozen: one is made for each copy, and making a frozen one takes four times as long.
@dataclass(slots=True)
class Claimed:
    """A delivery that we have claimed, with what its message needs."""

    edition_id: int
    subscriber_id: int
    subscription_id: int
    attempts: int
    address: str
    name: str
    attributes: dict[str, Any]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


@dataclass(slots=True)  # as above
class AttemptRecord:
    """What the ledger records after an attempt. `is_attempt`: it counts as a try."""

    state: DeliveryState
    reply: Reply | None = None
    stage: Stage | None = None
    queue_id: str = ""
    detail: str = ""
    due_at: datetime | None = None
    is_attempt: bool = True


def release_claims(session: Session, batch_id: int, now: datetime) -> None:
    """Makes the claimed deliveries of a batch pending again. Call it only if they were not sent."""
    require_legal(DeliveryState.HANDING_OVER, DeliveryState.PENDING)
    session.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch_id, Delivery.state == DeliveryState.HANDING_OVER)
        .values(state=DeliveryState.PENDING, state_at=now)
    )


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A delivery that is handing over. `owner` leases its batch, or did."""

    edition_id: int
    subscriber_id: int
    batch_id: int
    attempts: int
    owner: str
    expires_at: datetime


def open_lines(session: Session, batch_ids: Sequence[int]) -> list[OpenLine]:
    rows = session.execute(
        select(
            Delivery.edition_id,
            Delivery.subscriber_id,
            Delivery.batch_id,
            Delivery.attempts,
            Batch.lease_owner,
            Edition.expires_at,
        )
        .select_from(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(Delivery.batch_id.in_(batch_ids), Delivery.state == DeliveryState.HANDING_OVER)
    )
    return [
        OpenLine(edition, subscriber, batch or 0, attempts, owner or "", expires_at)
        for edition, subscriber, batch, attempts, owner, expires_at in rows
    ]


def requeue_due(session: Session, edition_id: int, now: datetime, size: int) -> list[int]:
    """Makes due deliveries pending in new batches of `size`, and returns the batches' ids."""
    for before in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN):
        require_legal(before, DeliveryState.PENDING)
    batch_ids = []
    while due := session.scalars(_due(edition_id, now).limit(size)).all():
        batch = Batch(edition_id=edition_id, created_at=now)
        session.add(batch)
        session.flush()
        session.execute(
            update(Delivery)
            .where(Delivery.edition_id == edition_id, Delivery.subscriber_id.in_(due))
            .values(state=DeliveryState.PENDING, state_at=now, batch_id=batch.id, due_at=None)
        )
        batch_ids.append(batch.id)
    return batch_ids


def bring_forward(session: Session, edition_id: int, now: datetime) -> int:
    """Copies that were put off by a clock that was ahead are due at once. Returns how many."""
    return changed_rows(
        session,
        update(Delivery)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.due_at > now + CLOCKS_DIFFER_BY,
            Delivery.state_at > now + CLOCKS_DIFFER_BY,
        )
        .values(due_at=now, state_at=now),
    )


def editions_with_due(session: Session, now: datetime, edition_ids: Iterable[int]) -> list[int]:
    due = and_(
        Delivery.state.in_((DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)),
        Delivery.due_at <= now,
    )
    found = select(Delivery.edition_id).where(Delivery.edition_id.in_(list(edition_ids)), due)
    return list(session.scalars(found.distinct()))


def close_waiting(
    session: Session, edition_id: int, now: datetime, state: DeliveryState, detail: str
) -> int:
    """Gives pending and deferred deliveries the new `state` (expired, cancelled); returns how many.

    Deliveries on the wire stay as they are. Uncertain ones stay uncertain and are not sent again.
    """
    for before in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        require_legal(before, state)
    session.execute(
        update(Delivery)
        .where(Delivery.edition_id == edition_id, Delivery.state == DeliveryState.UNCERTAIN)
        .values(due_at=None)
    )
    return changed_rows(
        session,
        update(Delivery)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED)),
        )
        .values(state=state, state_at=now, due_at=None, detail=detail),
    )


def withdraw_copies(session: Session, leaving: Mapping[int, int], now: datetime) -> None:
    """Withdraws the pending and deferred copies of readers who leave.

    `leaving` maps subscriptions to their subscribers. Locks their open deliveries, and so waits for
    a claim that is being made, which may have found a reader still active. No claim begins after
    the commit.
    """
    for before in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        require_legal(before, DeliveryState.WITHDRAWN)
    theirs = and_(
        Delivery.subscriber_id.in_(leaving.values()), Delivery.subscription_id.in_(leaving)
    )
    unsettled = (*OPEN_STATES, DeliveryState.UNCERTAIN)
    session.execute(
        select(Delivery.edition_id).where(theirs, Delivery.state.in_(unsettled)).with_for_update()
    )
    session.execute(
        update(Delivery)
        .where(theirs, Delivery.state.in_((DeliveryState.PENDING, DeliveryState.DEFERRED)))
        .values(state=DeliveryState.WITHDRAWN, state_at=now, due_at=None)
    )


def has_open(session: Session, edition_id: int) -> bool:
    """Whether the edition has an open batch, or a delivery that will be due.

    Held deliveries are never due, so they do not keep an issue from being finished.
    """
    in_batch = exists().where(Batch.edition_id == edition_id, Batch.closed_at.is_(None))
    to_come = exists().where(Delivery.edition_id == edition_id, Delivery.due_at.is_not(None))
    return bool(session.scalar(select(or_(in_batch, to_come))))


def count_by_state(session: Session, edition_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.edition_id == edition_id)
        .group_by(Delivery.state)
    )
    return {state: count for state, count in rows}  # noqa: C416  rows are not tuples to mypy


def _due(edition_id: int, now: datetime) -> Select[int]:
    return (
        select(Delivery.subscriber_id)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.state.in_((DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)),
            Delivery.due_at <= now,
        )
        .order_by(Delivery.subscriber_id)
    )


def require_legal(before: DeliveryState, after: DeliveryState) -> None:
    """Raises IllegalTransition."""
    TRANSITIONS.require(before, after)

"""The ledger: what became of each reader's copy. Every change of state goes through `_legal`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.deliveries import DeliveryState, is_legal
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.store.leases import changed_rows
from newsletter.store.models import Batch, Delivery, Subscriber, Subscription

_OPEN = or_(
    Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HANDING_OVER, DeliveryState.DEFERRED)),
    # Held ones have no time to come back at, and do not keep an issue from being finished.
    and_(Delivery.state == DeliveryState.UNCERTAIN, Delivery.due_at.is_not(None)),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to hand over, with what its message is made of."""

    edition_id: int
    subscriber_id: int
    subscription_id: int
    attempts: int
    address: str
    name: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is written on a line of the ledger after an attempt."""

    state: DeliveryState
    reply: Reply | None = None
    stage: Stage | None = None
    queue_id: str = ""
    detail: str = ""
    due_at: datetime | None = None
    is_attempt: bool = True


def claim_window(session: Session, batch_id: int, now: datetime, limit: int) -> list[Claimed]:
    """Up to `limit` pending deliveries become `handing over`, and are ours.

    Whoever has left since the audience was drawn is withdrawn or suppressed on the way.
    """
    while window := _pending_of(session, batch_id, limit):
        claimed = _take(session, batch_id, window, now)
        if len(claimed) < len(window):
            _set_aside_gone(session, batch_id, window, now)
        if claimed:
            return _with_readers(session, claimed)
    return []


def record(
    session: Session, claimed: Claimed, batch_id: int, verdict: Verdict, now: datetime
) -> bool:
    """Writes the outcome of an attempt; False when the line is not ours any more."""
    _legal(DeliveryState.HANDING_OVER, verdict.state)
    reply = verdict.reply
    return bool(
        changed_rows(
            session,
            update(Delivery)
            .where(
                Delivery.edition_id == claimed.edition_id,
                Delivery.subscriber_id == claimed.subscriber_id,
                Delivery.batch_id == batch_id,
                Delivery.state == DeliveryState.HANDING_OVER,
            )
            .values(
                state=verdict.state,
                state_at=now,
                attempts=Delivery.attempts + (1 if verdict.is_attempt else 0),
                due_at=verdict.due_at,
                reply_stage=verdict.stage or "",
                reply_code=reply.code if reply else None,
                reply_enhanced=reply.enhanced if reply else "",
                reply_text=reply.text if reply else "",
                queue_id=verdict.queue_id,
                detail=verdict.detail,
            ),
        )
    )


def put_back(session: Session, batch_id: int, now: datetime) -> None:
    """What is marked as on its way was not sent, the caller knows: it is pending again."""
    _legal(DeliveryState.HANDING_OVER, DeliveryState.PENDING)
    session.execute(
        update(Delivery)
        .where(Delivery.batch_id == batch_id, Delivery.state == DeliveryState.HANDING_OVER)
        .values(state=DeliveryState.PENDING, state_at=now)
    )


def give_up_open_windows(
    session: Session, batch_ids: Sequence[int], now: datetime, *, resend: bool
) -> int:
    """What a dead worker was handing over is uncertain; with `resend` it is pending again at once.

    Returns how many there were.
    """
    _legal(DeliveryState.HANDING_OVER, DeliveryState.UNCERTAIN)
    _legal(DeliveryState.UNCERTAIN, DeliveryState.PENDING)
    policy = "sent again with the same Message-ID" if resend else "held for the editor"
    return changed_rows(
        session,
        update(Delivery)
        .where(Delivery.batch_id.in_(batch_ids), Delivery.state == DeliveryState.HANDING_OVER)
        .values(
            state=DeliveryState.PENDING if resend else DeliveryState.UNCERTAIN,
            state_at=now,
            attempts=Delivery.attempts + 1,
            detail=f"The worker died while handing this over: {policy}.",
        ),
    )


def bring_back_due(session: Session, edition_id: int, now: datetime, size: int) -> list[int]:
    """Deferred and uncertain deliveries whose time has come are pending again, in new batches."""
    _legal(DeliveryState.DEFERRED, DeliveryState.PENDING)
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
    """All that still waits becomes `state` (expired, cancelled); what is on the wire is left.

    Uncertain ones that were to be sent again stay uncertain, and will not be.
    """
    for before in (DeliveryState.PENDING, DeliveryState.DEFERRED):
        _legal(before, state)
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


def has_open(session: Session, edition_id: int) -> bool:
    return bool(session.scalar(select(exists().where(Delivery.edition_id == edition_id, _OPEN))))


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


def _pending_of(session: Session, batch_id: int, limit: int) -> list[int]:
    return list(
        session.scalars(
            select(Delivery.subscriber_id)
            .where(Delivery.batch_id == batch_id, Delivery.state == DeliveryState.PENDING)
            .order_by(Delivery.subscriber_id)
            .limit(limit)
        )
    )


def _take(
    session: Session, batch_id: int, window: list[int], now: datetime
) -> list[tuple[int, int]]:
    """Whether someone is active is asked by the same statement that claims."""
    _legal(DeliveryState.PENDING, DeliveryState.HANDING_OVER)
    active = exists().where(
        Subscription.id == Delivery.subscription_id, Subscription.state == SubscriptionState.ACTIVE
    )
    taken = session.execute(
        update(Delivery)
        .where(
            Delivery.batch_id == batch_id,
            Delivery.subscriber_id.in_(window),
            Delivery.state == DeliveryState.PENDING,
            active,
        )
        .values(state=DeliveryState.HANDING_OVER, state_at=now, due_at=None)
        .returning(Delivery.edition_id, Delivery.subscriber_id)
        .execution_options(synchronize_session=False)
    )
    return [(row.edition_id, row.subscriber_id) for row in taken]


def _set_aside_gone(session: Session, batch_id: int, window: list[int], now: datetime) -> None:
    gone = Subscription.state == SubscriptionState.SUPPRESSED
    for after, condition in (
        (DeliveryState.SUPPRESSED, gone),
        (DeliveryState.WITHDRAWN, Subscription.state != SubscriptionState.ACTIVE),
    ):
        _legal(DeliveryState.PENDING, after)
        session.execute(
            update(Delivery)
            .where(
                Delivery.batch_id == batch_id,
                Delivery.subscriber_id.in_(window),
                Delivery.state == DeliveryState.PENDING,
                exists().where(Subscription.id == Delivery.subscription_id, condition),
            )
            .values(state=after, state_at=now)
            .execution_options(synchronize_session=False)
        )


def _with_readers(session: Session, taken: list[tuple[int, int]]) -> list[Claimed]:
    rows = session.execute(
        select(Delivery, Subscriber.address, Subscriber.name, Subscriber.attributes)
        .select_from(Delivery)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.edition_id == taken[0][0],
            Delivery.subscriber_id.in_([subscriber_id for _, subscriber_id in taken]),
        )
        .order_by(Delivery.subscriber_id)
        .execution_options(populate_existing=True)
    )
    return [
        Claimed(
            edition_id=delivery.edition_id,
            subscriber_id=delivery.subscriber_id,
            subscription_id=delivery.subscription_id,
            attempts=delivery.attempts,
            address=address or "",
            name=name,
            attributes=dict(attributes or {}),
        )
        for delivery, address, name, attributes in rows
    ]


def _legal(before: DeliveryState, after: DeliveryState) -> None:
    if not is_legal(before, after):
        message = f"a delivery can't go from {before} to {after}"
        raise AssertionError(message)

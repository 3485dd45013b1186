"""Batches: cuts an audience into batches, leases them and closes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.sending.canaries import canary_readers
from newsletter.store.leases import CLOCKS_DIFFER_BY, changed_rows
from newsletter.store.models import Batch, Delivery, Edition, Issue, Subscription
from newsletter.store.sending import canaries

HIGHEST_ID = 2**63 - 1
LEAST_BATCHES = 32
"""An audience is cut into at least this many batches, so that all workers stay busy …"""
SMALLEST_BATCH = 100
"""… but into none smaller than this."""


def materialise(  # noqa: PLR0913  what is sent to whom, and in what pieces
    session: Session,
    edition_id: int,
    readers: Sequence[ColumnElement[bool]],
    now: datetime,
    batch_size: int,
    *,
    canary_percent: int = 0,
) -> int:
    """Makes a delivery for each subscription for which all `readers` hold, in batches by key range;
    returns how many.

    Batches have `batch_size` readers, or fewer for a small audience. The readers of a canary are
    spread over the audience and have their own batches; all other batches are held until the
    verdict.
    """
    audience = select(Subscription.subscriber_id).where(*readers)
    size = _fair_size(session, audience, batch_size)
    lows = _range_starts(session, audience, size)
    if not lows:
        return 0
    canary = _canary(session, edition_id, audience, canary_percent)
    rows = []
    if canary is not None:
        canary_lows = _range_starts(session, audience.where(canary), size)
        rows += _rows(edition_id, canary_lows, now, is_canary=True, held_at=None)
    rows += _rows(
        edition_id, lows, now, is_canary=False, held_at=now if canary is not None else None
    )
    session.execute(insert(Batch), rows)
    _insert_deliveries(session, edition_id, readers, now, canary)
    return session.scalar(select(func.count()).where(Delivery.edition_id == edition_id)) or 0


def _fair_size(session: Session, audience: Select[int], batch_size: int) -> int:
    few = audience.limit(LEAST_BATCHES * batch_size).subquery()
    count = session.scalar(select(func.count()).select_from(few)) or 0
    return min(batch_size, max(SMALLEST_BATCH, ceil(count / LEAST_BATCHES)))


def _canary(
    session: Session, edition_id: int, audience: Select[int], percent: int
) -> ColumnElement[bool] | None:
    """A condition for subscriptions in the canary; None without a canary."""
    if not percent:
        return None
    size = session.scalar(select(func.count()).select_from(audience.subquery())) or 0
    readers = canary_readers(size, percent)
    if not readers:
        return None
    place = canaries.spread_key(edition_id)
    return place <= canaries.highest_spread_key(session, audience.with_only_columns(place), readers)


def _rows(
    edition_id: int, lows: list[int], now: datetime, *, is_canary: bool, held_at: datetime | None
) -> list[dict[str, Any]]:
    highs = [low - 1 for low in lows[1:]] + [HIGHEST_ID]
    return [
        {
            "edition_id": edition_id,
            "low_subscriber_id": low,
            "high_subscriber_id": high,
            "created_at": now,
            "is_canary": is_canary,
            "held_at": held_at,
        }
        for low, high in zip(lows, highs, strict=True)
    ]


def _insert_deliveries(
    session: Session,
    edition_id: int,
    readers: Sequence[ColumnElement[bool]],
    now: datetime,
    canary: ColumnElement[bool] | None,
) -> None:
    in_range = and_(
        *readers,
        Subscription.subscriber_id.between(Batch.low_subscriber_id, Batch.high_subscriber_id),
    )
    if canary is not None:
        in_range = and_(in_range, canary == Batch.is_canary)
    audience = (
        select(
            literal(edition_id),
            Subscription.subscriber_id,
            Subscription.id,
            Batch.id,
            literal(DeliveryState.PENDING.value),
            literal(now, Delivery.state_at.type),
        )
        .add_columns(*(literal(value) for value in (0, "", "", "", "", "", "")))
        .select_from(Batch)
        .join(Subscription, in_range)
        .where(Batch.edition_id == edition_id)
    )
    columns = ["edition_id", "subscriber_id", "subscription_id", "batch_id", "state", "state_at"]
    columns += ["attempts", "reply_stage", "reply_enhanced", "reply_text", "queue_id", "detail"]
    columns.append("relay")
    session.execute(insert(Delivery).from_select(columns, audience, include_defaults=False))


def take_lease(session: Session, batch_id: int, owner: str, now: datetime, until: datetime) -> bool:
    """True if `owner` now leases the batch. An expired lease is left to the sweeper."""
    return bool(
        changed_rows(
            session,
            update(Batch)
            .where(
                Batch.id == batch_id,
                Batch.closed_at.is_(None),
                Batch.held_at.is_(None),
                Batch.lease_owner.is_(None),
            )
            .values(lease_owner=owner, lease_until=until, enqueued_at=now),
        )
    )


def release(
    session: Session, batch_id: int, owner: str, not_before: datetime | None = None
) -> None:
    """Gives up the lease. With `not_before`, the batch is not enqueued until then."""
    session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, enqueued_at=None, not_before=not_before)
    )


def close_if_done(session: Session, batch_id: int, now: datetime) -> bool:
    """Closes a batch unless a delivery is pending or handing over. True if it was closed."""
    return bool(_close(session, Batch.id == batch_id, now))


def close_done(session: Session, edition_id: int, now: datetime) -> None:
    """Closes all batches of an edition that `close_if_done` would close."""
    _close(session, Batch.edition_id == edition_id, now)


def _close(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    unfinished = exists().where(
        Delivery.batch_id == Batch.id,
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HANDING_OVER)),
    )
    return changed_rows(
        session,
        update(Batch)
        .where(which, Batch.closed_at.is_(None), ~unfinished)
        .values(closed_at=now, lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False),
    )


def expired_leases(session: Session, now: datetime, longest: datetime) -> list[int]:
    """Locks and returns batches whose lease was not renewed in time. Skips locked ones.

    A lease that ends after `longest` was taken before the clock was set back. A living worker would
    have renewed it since, so it counts as expired.
    """
    return list(
        session.scalars(
            select(Batch.id)
            .where(
                Batch.lease_owner.is_not(None),
                or_(Batch.lease_until < now, Batch.lease_until > longest),
            )
            .with_for_update(skip_locked=True)
        )
    )


def leased_by(session: Session, owners: Sequence[str]) -> list[int]:
    """Locks and returns the batches that `owners` lease."""
    return list(
        session.scalars(select(Batch.id).where(Batch.lease_owner.in_(owners)).with_for_update())
    )


def clear_leases(session: Session, batch_ids: Sequence[int]) -> None:
    session.execute(
        update(Batch)
        .where(Batch.id.in_(batch_ids))
        .values(lease_owner=None, lease_until=None, enqueued_at=None)
    )


def mark_enqueued(
    session: Session, now: datetime, *, stale_after: timedelta, in_flight: int
) -> list[int]:
    """Marks batches that need a worker as enqueued, and returns their ids.

    At most `in_flight` batches wait in the queue. A batch that no worker took within `stale_after`
    is enqueued again. Times far ahead are from before the clock was set back and are ignored. Locks
    the batches, and skips locked ones.
    """
    stale, ahead = now - stale_after, now + CLOCKS_DIFFER_BY
    waiting = session.scalar(
        select(func.count())
        .select_from(Batch)
        .where(
            Batch.closed_at.is_(None),
            Batch.lease_owner.is_(None),
            Batch.enqueued_at.between(stale, ahead),
        )
    )
    wanted = (
        select(Batch.id)
        .join(Edition, Edition.id == Batch.edition_id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(
            Issue.state == IssueState.SENDING,
            Edition.expires_at > now,
            Batch.closed_at.is_(None),
            Batch.held_at.is_(None),
            Batch.lease_owner.is_(None),
            or_(
                Batch.enqueued_at.is_(None),
                Batch.enqueued_at < stale,
                Batch.enqueued_at > ahead,
            ),
            or_(
                Batch.not_before.is_(None),
                Batch.not_before <= now,
                Batch.not_before > ahead,
            ),
        )
        .order_by(Batch.id)
        .limit(max(in_flight - (waiting or 0), 0))
        .with_for_update(skip_locked=True, of=Batch)
    )
    ids = list(session.scalars(wanted))
    marked = update(Batch).where(Batch.id.in_(ids)).values(enqueued_at=now, not_before=None)
    session.execute(marked)
    return ids


def _range_starts(session: Session, audience: Select[int], batch_size: int) -> list[int]:
    """The first subscriber id of each batch. Each search starts after the last id found."""
    starts: list[int] = []
    first = audience.order_by(Subscription.subscriber_id).limit(1)
    start = session.scalar(first)
    while start is not None:
        starts.append(start)
        behind = first.where(Subscription.subscriber_id > start).offset(batch_size - 1)
        start = session.scalar(behind)
    return starts

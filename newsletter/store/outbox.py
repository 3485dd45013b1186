"""The outbox: a row for each mail to one person, written before anything is enqueued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.outbox import OutboxKind
from newsletter.store.leases import CLOCKS_DIFFER_BY, changed_rows
from newsletter.store.models import OutboxMessage
from newsletter.store.sending.ledger import AttemptRecord

MOST_QUEUED_AT_ONCE = 500


def add_to_outbox(  # noqa: PLR0913  each is a column
    session: Session,
    kind: OutboxKind,
    *,
    now: datetime,
    expires_at: datetime,
    newsletter_id: int | None = None,
    subscriber_id: int | None = None,
    user_id: int | None = None,
    payload: dict[str, Any] | None = None,
) -> int:
    """Returns the new row's id. Enqueue it after the commit."""
    row = OutboxMessage(
        kind=kind,
        newsletter_id=newsletter_id,
        subscriber_id=subscriber_id,
        user_id=user_id,
        payload=payload or {},
        state=DeliveryState.PENDING,
        state_at=now,
        created_at=now,
        due_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row.id


def count_since(
    session: Session, kind: OutboxKind, since: datetime, *whose: ColumnElement[bool]
) -> int:
    """How many mails of a kind were asked for, to limit how many one person can get."""
    count = session.scalar(
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.kind == kind, OutboxMessage.created_at > since, *whose)
    )
    return count or 0


def claim(
    session: Session, outbox_id: int, owner: str, now: datetime, until: datetime
) -> OutboxMessage | None:
    """Leases a due row and makes it `handing over`. None if it is not due or another worker's."""
    return session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == outbox_id,
            OutboxMessage.state == DeliveryState.PENDING,
            OutboxMessage.due_at <= now,
            OutboxMessage.expires_at > now,
        )
        .values(
            state=DeliveryState.HANDING_OVER,
            state_at=now,
            lease_owner=owner,
            lease_until=until,
        )
        .returning(OutboxMessage)
    )


def record_attempt(
    session: Session, outbox_id: int, owner: str, record: AttemptRecord, now: datetime
) -> None:
    """Does nothing unless the row is `handing over` and leased by `owner`.

    A deferred row is stored as pending with a later `due_at`: outbox rows have no batches.
    """
    reply = record.reply
    waits = record.due_at is not None
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == outbox_id,
            OutboxMessage.state == DeliveryState.HANDING_OVER,
            OutboxMessage.lease_owner == owner,
        )
        .values(
            state=DeliveryState.PENDING if waits else record.state,
            state_at=now,
            attempts=OutboxMessage.attempts + (1 if record.is_attempt else 0),
            due_at=record.due_at or now,
            enqueued_at=None,
            lease_owner=None,
            lease_until=None,
            reply_stage=record.stage or "",
            reply_code=reply.code if reply else None,
            reply_enhanced=reply.enhanced if reply else "",
            reply_text=reply.text if reply else "",
            queue_id=record.queue_id,
            detail=record.detail,
        )
    )


def mark_enqueued(session: Session, now: datetime, *, stale_after: timedelta) -> list[int]:
    """Marks due mails as enqueued and returns their ids. Locks them; skips locked rows.

    Mails that were enqueued before `stale_after` count as lost and are included.
    """
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.state == DeliveryState.PENDING,
            OutboxMessage.due_at <= now,
            OutboxMessage.expires_at > now,
            or_(
                OutboxMessage.enqueued_at.is_(None),
                OutboxMessage.enqueued_at < now - stale_after,
                OutboxMessage.enqueued_at > now + CLOCKS_DIFFER_BY,
            ),
        )
        .order_by(OutboxMessage.due_at)
        .limit(MOST_QUEUED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(enqueued_at=now))
    return ids


def waiting_since(session: Session) -> datetime | None:
    """When the mail that waits longest, and was never tried, was due."""
    return session.scalar(
        select(func.min(OutboxMessage.due_at)).where(
            OutboxMessage.state == DeliveryState.PENDING, OutboxMessage.attempts == 0
        )
    )


def bring_forward(session: Session, now: datetime) -> int:
    """Mails that were put off by a clock that was ahead are due at once. Returns how many."""
    return changed_rows(
        session,
        update(OutboxMessage)
        .where(
            OutboxMessage.state == DeliveryState.PENDING,
            OutboxMessage.due_at > now + CLOCKS_DIFFER_BY,
            OutboxMessage.state_at > now + CLOCKS_DIFFER_BY,
        )
        .values(due_at=now, state_at=now),
    )


def expire(session: Session, now: datetime) -> None:
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.state == DeliveryState.PENDING, OutboxMessage.expires_at <= now)
        .values(
            state=DeliveryState.EXPIRED,
            state_at=now,
            detail="The relay did not accept it in time.",
        )
    )


def cancel_waiting(session: Session, now: datetime, detail: str, created_before: datetime) -> int:
    """What was on the wire is uncertain. Returns how many mails are not sent."""
    changed = 0
    for before, after in (
        (DeliveryState.PENDING, DeliveryState.CANCELLED),
        (DeliveryState.HANDING_OVER, DeliveryState.UNCERTAIN),
    ):
        waiting = update(OutboxMessage).where(
            OutboxMessage.state == before, OutboxMessage.created_at <= created_before
        )
        values = {"state": after, "state_at": now, "detail": detail}
        changed += changed_rows(session, waiting.values(**values, lease_owner=None))
    return changed


def withdraw_mails_to_user(session: Session, user_id: int, now: datetime) -> None:
    """What waits is not sent any more; what was sent stays, without the user."""
    mails = OutboxMessage.user_id == user_id
    session.execute(
        update(OutboxMessage)
        .where(mails, OutboxMessage.state == DeliveryState.PENDING)
        .values(state=DeliveryState.WITHDRAWN, state_at=now, detail="The editor was removed.")
    )
    session.execute(update(OutboxMessage).where(mails).values(user_id=None))


def expired_leases(session: Session, now: datetime, longest: datetime) -> list[int]:
    """Locks and returns the rows with expired leases. See `batches.expired_leases`."""
    return list(
        session.scalars(
            select(OutboxMessage.id)
            .where(
                OutboxMessage.lease_owner.is_not(None),
                or_(OutboxMessage.lease_until < now, OutboxMessage.lease_until > longest),
            )
            .with_for_update(skip_locked=True)
        )
    )


def leased_by(session: Session, owners: Sequence[str]) -> list[int]:
    """Locks and returns the rows that `owners` lease."""
    return list(
        session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.lease_owner.in_(owners)).with_for_update()
        )
    )


def requeue_interrupted(session: Session, outbox_ids: Sequence[int], now: datetime) -> None:
    """Makes interrupted mails pending again, even with UNCERTAIN=hold.

    A second confirmation does less harm than none.
    """
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(outbox_ids), OutboxMessage.state == DeliveryState.HANDING_OVER)
        .values(
            state=DeliveryState.PENDING,
            state_at=now,
            due_at=now,
            attempts=OutboxMessage.attempts + 1,
            enqueued_at=None,
            lease_owner=None,
            lease_until=None,
            detail="The worker died while sending this. It is sent again.",
        )
    )

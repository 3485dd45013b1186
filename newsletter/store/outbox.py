"""The outbox: a row for each mail to one person, before anything is queued."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import OutboxMessage


def put_in_outbox(  # noqa: PLR0913  each is a column
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
    """The new row's id: hand it to the queue once the transaction is committed."""
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

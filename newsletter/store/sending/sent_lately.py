"""How many messages each relay got lately, from the ledger, to restore counts lost in Redis."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.pacing import Limit, milliseconds
from newsletter.store.models import Delivery, Edition

_COUNTED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.HANDING_OVER)


def sent_lately(session: Session, relay: str, limit: Limit, now: datetime) -> dict[int, int]:
    """By bucket: messages that the relay accepted, may have accepted, or is being handed."""
    since = now - timedelta(milliseconds=limit.period_ms + limit.bucket_ms)
    rows = session.execute(
        select(Delivery.state_at, func.count())
        .where(
            Delivery.edition_id.in_(select(Edition.id).where(Edition.expires_at > since)),
            Delivery.relay == relay,
            Delivery.state.in_(_COUNTED),
            Delivery.state_at > since,
        )
        .group_by(Delivery.state_at)  # a window has one time for all of its lines
    )
    counts: Counter[int] = Counter()
    for state_at, count in rows:
        counts[milliseconds(state_at) // limit.bucket_ms] += count
    return dict(counts)

"""Messages that came in: stored before they are judged, each once, and forgotten in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.domain.inbound import Arrival, InboundState, storable, storable_addresses
from newsletter.store.leases import changed_rows
from newsletter.store.models import InboundMessage

_ROWS_AT_ONCE = 500
"""A row has ten columns, and SQLite takes 32,766 parameters in a statement."""


def store_arrivals(session: Session, arrivals: Sequence[Arrival], now: datetime) -> list[int]:
    """The ids of the new rows: what is stored already, or comes twice, adds none."""
    unique = {arrival.content_key: arrival for arrival in arrivals}
    rows = [_row(arrival, key, now) for key, arrival in unique.items()]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added: list[int] = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        insertion = dialect.insert(InboundMessage).values(rows[start : start + _ROWS_AT_ONCE])
        added += session.scalars(
            insertion.on_conflict_do_nothing(index_elements=["content_key"]).returning(
                InboundMessage.id
            )
        )
    return sorted(added)


def forget_bodies(session: Session, before: datetime) -> int:
    """Deletes the contents of older messages. Returns how many."""
    return changed_rows(
        session,
        update(InboundMessage)
        .where(InboundMessage.received_at < before, InboundMessage.content.is_not(None))
        .values(content=None),
    )


def delete_arrivals(session: Session, before: datetime) -> int:
    """Deletes older messages; what they said of a copy stays. Returns how many."""
    return changed_rows(session, delete(InboundMessage).where(InboundMessage.received_at < before))


def content_of(session: Session, content_key: str) -> bytes | None:
    return session.scalar(
        select(InboundMessage.content).where(InboundMessage.content_key == content_key)
    )


def new_ids(session: Session, limit: int) -> list[int]:
    """Messages to judge, the oldest first."""
    return list(
        session.scalars(
            select(InboundMessage.id)
            .where(InboundMessage.state == InboundState.NEW)
            .order_by(InboundMessage.id)
            .limit(limit)
        )
    )


def _row(arrival: Arrival, key: str, now: datetime) -> dict[str, object]:
    return {
        "door": arrival.door,
        "received_at": now,
        "sender": storable(arrival.sender, 320),
        "recipients": list(storable_addresses(arrival.recipients)),
        "size_bytes": len(arrival.content),
        "content": arrival.content,
        "content_key": key,
        "state": InboundState.NEW,
        "state_at": now,
        "attempts": 0,
        "detail": "",
    }

"""Messages that came in: stored before they are judged, each once, and forgotten in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, defer

from newsletter.domain.feedback.inbound import Arrival, InboundState, storable, storable_addresses
from newsletter.store.leases import changed_rows
from newsletter.store.models import InboundMessage

_LATEST = 500


def store_arrivals(session: Session, arrivals: Sequence[Arrival], now: datetime) -> list[int]:
    """The ids of the new rows: what is stored already, or comes twice, adds none.

    In the order of the keys, so that two who store the same can't wait for one another.
    """
    unique = {arrival.content_key: arrival for arrival in arrivals}
    rows = [_row(arrival, key, now) for key, arrival in sorted(unique.items())]
    if not rows:
        return []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insertion = dialect.insert(InboundMessage.__table__).on_conflict_do_nothing(
        index_elements=["content_key"]
    )
    # One statement for all sizes of a batch, so that it is compiled once.
    added = session.connection().execute(insertion.returning(InboundMessage.__table__.c.id), rows)
    return sorted(row.id for row in added)


def has_arrived(session: Session, recipient: str) -> bool:
    """Among the last messages."""
    latest = select(InboundMessage.recipients).order_by(InboundMessage.id.desc()).limit(_LATEST)
    wanted = recipient.lower()
    return any(
        wanted in (one.lower() for one in recipients) for recipients in session.scalars(latest)
    )


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


def new_messages(session: Session, limit: int, limit_bytes: int) -> list[InboundMessage]:
    """Messages to judge, the oldest first: at most `limit`, and no more than one too large."""
    sizes = session.execute(
        select(InboundMessage.id, InboundMessage.size_bytes)
        .where(InboundMessage.state == InboundState.NEW)
        .order_by(InboundMessage.id)
        .limit(limit)
    ).all()
    total = accumulate(row.size_bytes for row in sizes)
    fitting = [row.id for row, sum_ in zip(sizes, total, strict=True) if sum_ <= limit_bytes]
    wanted = fitting or [row.id for row in sizes[:1]]
    return list(
        session.scalars(
            select(InboundMessage).where(InboundMessage.id.in_(wanted)).order_by(InboundMessage.id)
        )
    )


def is_any_new(session: Session, before: datetime) -> bool:
    waiting = select(InboundMessage.id).where(
        InboundMessage.state == InboundState.NEW, InboundMessage.received_at <= before
    )
    return session.scalar(waiting.limit(1)) is not None


def lock_new(session: Session, ids: Sequence[int]) -> dict[int, InboundMessage]:
    """Those that nobody else has judged or is judging."""
    rows = session.scalars(
        select(InboundMessage)
        .options(defer(InboundMessage.content))
        .where(InboundMessage.id.in_(ids), InboundMessage.state == InboundState.NEW)
        .with_for_update(skip_locked=True)
    )
    return {row.id: row for row in rows}


def mark_new(session: Session, newest: int, now: datetime) -> int:
    """Those that can be judged again: by older rules, or that failed. Returns how many."""
    return changed_rows(
        session,
        update(InboundMessage)
        .where(
            InboundMessage.content.is_not(None),
            or_(InboundMessage.classifier < newest, InboundMessage.state == InboundState.FAILED),
        )
        .values(state=InboundState.NEW, state_at=now),
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """`classifier` is the version of the rules; `failure` is why they could not be applied."""

    state: InboundState
    classifier: int
    failure: str = ""


def mark_judged(session: Session, inbound_id: int, judgement: Judgement, at: datetime) -> None:
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id)
        .values(
            state=judgement.state,
            state_at=at,
            classifier=judgement.classifier,
            attempts=InboundMessage.attempts + 1,
            detail=judgement.failure,
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

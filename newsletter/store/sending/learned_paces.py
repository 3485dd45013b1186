"""The paces that relays take, learned from their refusals (domain/delivery/relay_pace.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.relay_pace import RelayPace
from newsletter.store.models import LearnedPace
from newsletter.store.upserts import insert_if_missing


def learned_paces(session: Session, now: datetime) -> dict[str, LearnedPace]:
    """The relays that are slow now, by name."""
    rows = session.scalars(select(LearnedPace).order_by(LearnedPace.relay))
    return {row.relay: row for row in rows if not pace_of(row).is_stale(now)}


def pace_of(row: LearnedPace) -> RelayPace:
    return RelayPace(row.per_second, row.slowed_at, row.heard_at)


def record_complaint(
    session: Session,
    relay: str,
    reason: str,
    slowed: Callable[[RelayPace | None], RelayPace],
) -> None:
    """Slows the relay. Locks its row. `slowed` gets the pace until now, None for a free relay."""
    row = _locked(session, relay)
    pace = slowed(pace_of(row) if row else None)
    if row is None:
        values = {"slowed_at": pace.slowed_at, "heard_at": pace.heard_at, "reason": reason}
        insert_if_missing(
            session, LearnedPace, ["relay"], relay=relay, per_second=pace.per_second, **values
        )
        return
    row.reason = reason
    _set(row, pace)
    session.flush()


def record_progress(
    session: Session, relay: str, grown: Callable[[RelayPace], RelayPace | None]
) -> None:
    """Lets a slow relay go faster. Locks its row. With None, it is free again."""
    row = _locked(session, relay)
    if row is None:
        return
    pace = grown(pace_of(row))
    if pace is None:
        session.delete(row)
    else:
        _set(row, pace)
    session.flush()


def forget_pace(session: Session, relay: str) -> bool:
    """Gives the relay its full speed again. False if it was not slow."""
    freed = delete(LearnedPace).where(LearnedPace.relay == relay)
    return session.scalar(freed.returning(LearnedPace.relay)) is not None


def forget_all_paces(session: Session) -> None:
    session.execute(delete(LearnedPace))


def _locked(session: Session, relay: str) -> LearnedPace | None:
    return session.get(LearnedPace, relay, with_for_update=True)


def _set(row: LearnedPace, pace: RelayPace) -> None:
    row.per_second, row.slowed_at, row.heard_at = pace.per_second, pace.slowed_at, pace.heard_at

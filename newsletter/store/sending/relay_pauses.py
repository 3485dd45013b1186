"""Pauses of relays that are in trouble."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.store.leases import CLOCKS_DIFFER_BY
from newsletter.store.models import RelayPause
from newsletter.store.upserts import insert_if_missing


def pauses_by_relay(session: Session, now: datetime) -> dict[str, RelayPause]:
    """The pauses in force, also of relays that the settings no longer name."""
    return {row.relay: row for row in session.scalars(select(RelayPause)) if _holds(row, now)}


def pause_of_all(session: Session, now: datetime, relays: Collection[str]) -> RelayPause | None:
    """The pause that ends first if all of `relays` are paused; None if mail can go."""
    pauses = pauses_by_relay(session, now)
    if not relays or any(relay not in pauses for relay in relays):
        return None
    return min((pauses[relay] for relay in relays), key=lambda row: row.until)


def record_trouble(
    session: Session,
    relay: str,
    reason: str,
    now: datetime,
    pause_after: Callable[[int], timedelta],
) -> datetime:
    """Begins a pause, and returns its end. Trouble during a pause does not extend it.

    Locks the row. `pause_after` gets the number of troubles in a row.
    """
    none_yet = {"since": now, "until": now, "times": 0, "reason": reason}
    insert_if_missing(session, RelayPause, ["relay"], relay=relay, **none_yet)
    row = session.get_one(RelayPause, relay, with_for_update=True)
    if not _holds(row, now):
        row.times += 1
        row.since = now
        row.until = now + pause_after(row.times)
    row.reason = reason
    session.flush()
    return row.until


def clear_all_trouble(session: Session) -> None:
    """Ends the pauses of all relays, also of those that the settings no longer name."""
    session.execute(delete(RelayPause))


def clear_trouble(session: Session, relay: str) -> bool:
    """Ends the pause of one relay. False if there was none."""
    ended = delete(RelayPause).where(RelayPause.relay == relay)
    return session.scalar(ended.returning(RelayPause.relay)) is not None


def _holds(row: RelayPause, now: datetime) -> bool:
    """A pause that began in the future was made before the clock was set back."""
    return row.until > now and row.since <= now + CLOCKS_DIFFER_BY

"""Heartbeats: when each kind of process last ran, and how often it has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from newsletter.store.models import Heartbeat
from newsletter.store.upserts import insert_if_missing


def beat(session: Session, name: str, now: datetime, *, skip: int = 0) -> None:
    """Counts one beat. `skip`: numbers to leave out, so that no earlier beat had this one."""
    insert_if_missing(session, Heartbeat, ["name"], name=name, at=now, count=0)
    session.execute(
        update(Heartbeat)
        .where(Heartbeat.name == name)
        .values(at=now, count=Heartbeat.count + 1 + skip)
        .execution_options(synchronize_session=False)
    )


def heartbeat(session: Session, name: str) -> Heartbeat | None:
    return session.get(Heartbeat, name)


def server_clock(session: Session) -> datetime | None:
    """None for SQLite, which has the clock of this machine."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    return session.scalar(select(func.clock_timestamp()))


def server_version(session: Session) -> str:
    if session.get_bind().dialect.name != "postgresql":
        return f"SQLite {session.scalar(select(func.sqlite_version()))}"
    return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def last_beat(session: Session, name: str) -> datetime | None:
    row = session.get(Heartbeat, name)
    return row.at if row else None

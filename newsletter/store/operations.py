"""Heartbeats: when each kind of process last ran."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.store.models import Heartbeat


def beat(session: Session, name: str, now: datetime) -> None:
    session.merge(Heartbeat(name=name, at=now))


def last_beat(session: Session, name: str) -> datetime | None:
    row = session.get(Heartbeat, name)
    return row.at if row else None

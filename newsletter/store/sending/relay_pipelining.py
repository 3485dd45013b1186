"""What is known of how relays take pipelining."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.pipelining import BY_WORD, Learned, Pipelining
from newsletter.store.models import RelayPipelining
from newsletter.store.upserts import insert_if_missing


@dataclass(frozen=True, slots=True)
class Lesson:
    learned: Learned
    at: datetime


def lessons_by_relay(session: Session) -> dict[str, Lesson]:
    """Also of relays that the settings no longer name."""
    return {row.relay: _lesson(row) for row in session.scalars(select(RelayPipelining))}


def record_lesson(session: Session, relay: str, learned: Learned, now: datetime) -> None:
    """Replaces what was known. Processes learn by themselves, and the last one is as right."""
    values = {
        "proven": learned.level.word,
        "learned_at": now,
        "refused": "" if learned.refused is None else learned.refused.word,
        "refused_at": learned.refused_at,
        "reason": learned.reason,
    }
    insert_if_missing(session, RelayPipelining, ["relay"], relay=relay, **values)
    row = session.get_one(RelayPipelining, relay, with_for_update=True)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def _lesson(row: RelayPipelining) -> Lesson:
    """A word that a later version wrote counts as nothing known."""
    proven = BY_WORD.get(row.proven, Pipelining.OFF)
    learned = Learned(proven, BY_WORD.get(row.refused), row.refused_at, row.reason)
    return Lesson(learned, row.learned_at)

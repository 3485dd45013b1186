"""The ledger in figures: one pass over an edition's deliveries for all that a report counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from newsletter.domain.deliveries import DeliveryState
from newsletter.store.models import Delivery, DomainPause, RelayPause

_STEPS = {
    # What is left of "2026-11-22 09:00:00.000000", as SQLite keeps it.
    timedelta(seconds=1): 19,
    timedelta(seconds=10): 18,
    timedelta(minutes=1): 16,
    timedelta(minutes=10): 15,
    timedelta(hours=1): 13,
}
_MOST_STEPS = 300


@dataclass(slots=True)
class Figures:
    """`held` of the uncertain ones wait for an editor, the last since `held_since`.

    `recent` were accepted since the moment asked for; `accepted_at` counts them by time step.
    """

    by_state: dict[str, int]
    held: int
    held_since: datetime | None
    recent: int
    accepted_at: dict[datetime, int]


def figures_of(
    session: Session, edition_id: int, since: datetime, until: datetime, recent_from: datetime
) -> Figures:
    """`since` and `until` say how long it took so far: steps are as fine as can be drawn."""
    is_held = and_(Delivery.state == DeliveryState.UNCERTAIN, Delivery.due_at.is_(None))
    is_accepted = Delivery.state == DeliveryState.ACCEPTED
    is_recent = and_(is_accepted, Delivery.state_at >= recent_from)
    step = case((is_accepted, _step_of(session, until - since)), else_=None)
    rows = session.execute(
        select(
            Delivery.state,
            is_held.label("is_held"),
            step.label("step"),
            func.count().label("copies"),
            func.sum(case((is_recent, 1), else_=0)).label("recent"),
            func.max(Delivery.state_at).label("last"),
        )
        .where(Delivery.edition_id == edition_id)
        .group_by("state", "is_held", "step")
    )
    found = Figures({}, 0, None, 0, {})
    for row in rows:
        _add(found, row)
    return found


def relay_pauses(session: Session) -> list[RelayPause]:
    """Over or not: trouble stands until a message goes through."""
    return list(session.scalars(select(RelayPause).order_by(RelayPause.relay)))


def domain_pauses(session: Session, now: datetime, limit: int) -> list[DomainPause]:
    """Those that hold now, the longest first."""
    current = select(DomainPause).where(DomainPause.until > now)
    return list(session.scalars(current.order_by(DomainPause.until.desc()).limit(limit)))


def _add(found: Figures, row: Any) -> None:
    found.by_state[row.state] = found.by_state.get(row.state, 0) + row.copies
    found.recent += int(row.recent)
    if row.is_held:
        found.held, found.held_since = row.copies, row.last
    if row.step is not None:
        found.accepted_at[_moment(row.step)] = row.copies


def _step_of(session: Session, span: timedelta) -> ColumnElement[Any]:
    fitting = (step for step in _STEPS if span / step <= _MOST_STEPS)
    step = next(fitting, timedelta(hours=1))
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(Delivery.state_at, 1, _STEPS[step])
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    return func.date_bin(step, Delivery.state_at, origin)


def _moment(step: str | datetime) -> datetime:
    """The beginning of the step; SQLite's is what is left of the text."""
    if isinstance(step, datetime):
        return step.astimezone(UTC)
    return datetime.fromisoformat(step + "0000-01-01 00:00:00"[len(step) :]).replace(tzinfo=UTC)

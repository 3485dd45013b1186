"""The figures of a report, counted from the ledger. Built for a million deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.store.clicks.edition_domains import DomainCount, count_domains
from newsletter.store.models import Delivery, DomainPause, RelayPause
from newsletter.store.sending.ledger import count_by_state
from newsletter.store.sending.next_tries import NextTry, next_tries
from newsletter.store.sending.resends import Ended, count_resendable

_STEPS = {
    # Characters of "2026-11-22 09:00:00.000000", as SQLite stores it.
    timedelta(seconds=1): 19,
    timedelta(seconds=10): 18,
    timedelta(minutes=1): 16,
    timedelta(minutes=10): 15,
    timedelta(hours=1): 13,
}
_MOST_STEPS = 300
_MANY, _ONE_IN = 50_000, 16
_COPIES_OF_DOMAINS = 5_000
"""Of more copies, about this many are looked at for their domains."""
NOT_TAKEN = (DeliveryState.FAILED, DeliveryState.EXPIRED)
NOT_TAKEN_SHOWN = 100
_UNCERTAIN = DeliveryState.UNCERTAIN


@dataclass(frozen=True, slots=True)
class Figures:
    """`held` uncertain copies wait for an editor, the last since `held_since`.

    `not_taken` are the first subscribers whose copies failed or expired. `resendable` counts the
    copies, by how they ended, of those who still get issues. `recent` copies were
    accepted since the time given; `accepted_at` counts accepted copies by time step. Both are
    estimated from a sample if there are many.
    """

    by_state: dict[str, int] = field(default_factory=dict)
    held: int = 0
    held_since: datetime | None = None
    not_taken: tuple[int, ...] = ()
    resendable: Mapping[Ended, int] = field(default_factory=dict)
    next_try_at: datetime | None = None
    next_tries: tuple[NextTry, ...] = ()
    recent: int = 0
    accepted_at: dict[datetime, float] = field(default_factory=dict)
    domains: tuple[DomainCount, ...] = ()
    """Of the largest recipient domains, estimated where there are many copies."""
    are_domains_exact: bool = True


def figures_of(
    session: Session, edition_id: int, since: datetime, until: datetime, recent_from: datetime
) -> Figures:
    """The time from `since` to `until` decides how long the time steps are."""
    by_state = count_by_state(session, edition_id)
    held, held_since = _held(session, edition_id) if by_state.get(_UNCERTAIN) else (0, None)
    step, accepted = _step_of(session, until - since), by_state.get(DeliveryState.ACCEPTED, 0)
    one_in = 1 if accepted < _MANY else _ONE_IN
    # The key contains the subscriber, so lines outside the sample are not even read.
    sample = [Delivery.subscriber_id % one_in == 0] if one_in > 1 else []
    rows = session.execute(
        select(
            step.label("step"),
            func.count().label("copies"),
            func.sum(case((Delivery.state_at >= recent_from, 1), else_=0)).label("recent"),
        )
        .where(Delivery.edition_id == edition_id, Delivery.state == DeliveryState.ACCEPTED, *sample)
        .group_by("step")
    ).all()
    of_domains = max(1, sum(by_state.values()) // _COPIES_OF_DOMAINS)
    scale = accepted / max(sum(row.copies for row in rows), 1)
    return Figures(
        by_state=by_state,
        held=held,
        held_since=held_since,
        not_taken=_not_taken(session, edition_id, by_state),
        resendable=_resendable(session, edition_id, by_state, held),
        next_try_at=_next_try(session, edition_id),
        next_tries=_next_tries(session, edition_id, by_state),
        domains=tuple(count_domains(session, edition_id, of_domains)),
        are_domains_exact=of_domains == 1,
        recent=round(scale * sum(int(row.recent) for row in rows)),
        accepted_at={_moment(row.step): scale * row.copies for row in rows},
    )


def relay_pauses(session: Session) -> list[RelayPause]:
    """All pauses, also past ones: trouble is over only when a message goes through."""
    return list(session.scalars(select(RelayPause).order_by(RelayPause.relay)))


def domain_pauses(session: Session, now: datetime, limit: int) -> list[DomainPause]:
    """The pauses in force, the longest first."""
    current = select(DomainPause).where(DomainPause.until > now)
    return list(session.scalars(current.order_by(DomainPause.until.desc()).limit(limit)))


def _not_taken(session: Session, edition_id: int, by_state: dict[str, int]) -> tuple[int, ...]:
    if not any(by_state.get(state) for state in NOT_TAKEN):
        return ()  # No index has states, so this would read a million lines for nothing.
    found = select(Delivery.subscriber_id).where(
        Delivery.edition_id == edition_id, Delivery.state.in_(NOT_TAKEN)
    )
    return tuple(session.scalars(found.order_by(Delivery.subscriber_id).limit(NOT_TAKEN_SHOWN)))


def _resendable(
    session: Session, edition_id: int, by_state: Mapping[str, int], held: int
) -> dict[Ended, int]:
    """Asked only of what there is, as `_not_taken`."""
    there = {
        Ended.FAILED: by_state.get(DeliveryState.FAILED, 0),
        Ended.EXPIRED: by_state.get(DeliveryState.EXPIRED, 0),
        Ended.HELD: held,
    }
    kinds = [kind for kind, copies in there.items() if copies]
    return count_resendable(session, edition_id, kinds)[0]


def _next_try(session: Session, edition_id: int) -> datetime | None:
    """Of the copies that wait for a later one."""
    return session.scalar(
        select(func.min(Delivery.due_at)).where(
            Delivery.edition_id == edition_id, Delivery.due_at.is_not(None)
        )
    )


def _next_tries(
    session: Session, edition_id: int, by_state: Mapping[str, int]
) -> tuple[NextTry, ...]:
    deferred = by_state.get(DeliveryState.DEFERRED, 0)
    return tuple(next_tries(session, edition_id, deferred)) if deferred else ()


def _held(session: Session, edition_id: int) -> tuple[int, datetime | None]:
    found = session.execute(
        select(func.count().label("copies"), func.max(Delivery.state_at).label("last")).where(
            Delivery.edition_id == edition_id,
            Delivery.state == _UNCERTAIN,
            Delivery.due_at.is_(None),
        )
    ).one()
    return found.copies, found.last


def _step_of(session: Session, span: timedelta) -> ColumnElement[Any]:
    fitting = (step for step in _STEPS if span / step <= _MOST_STEPS)
    step = next(fitting, timedelta(hours=1))
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(Delivery.state_at, 1, _STEPS[step])
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    return func.date_bin(step, Delivery.state_at, origin)


def _moment(step: str | datetime) -> datetime:
    """The beginning of a step. On SQLite a step is the beginning of a text."""
    if isinstance(step, datetime):
        return step.astimezone(UTC)
    return datetime.fromisoformat(step + "0000-01-01 00:00:00"[len(step) :]).replace(tzinfo=UTC)

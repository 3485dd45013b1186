"""Pauses of recipient domains that block us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.delivery.pacing import FIRST_PAUSE, LONGEST_PAUSE
from newsletter.domain.delivery.retries import relay_pause
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import record_event
from newsletter.store.leases import CLOCKS_DIFFER_BY
from newsletter.store.models import DomainPause
from newsletter.store.upserts import insert_if_missing

_FORGIVEN_AFTER = timedelta(days=1)
"""Trouble this long after the last pause counts as the first again."""


@dataclass(frozen=True, slots=True)
class DomainTrouble:
    """A recipient domain that must be paused, and why."""

    domain: str
    reason: str


def pause_domain(
    session: Session, trouble: DomainTrouble, issue_id: int, now: datetime
) -> datetime:
    """Pauses the domain, and returns the end of the pause. Recorded in the issue's history.

    Locks the row of the pause.
    """
    until = record_trouble(
        session,
        trouble.domain,
        trouble.reason,
        now,
        lambda times: relay_pause(times, FIRST_PAUSE, LONGEST_PAUSE),
    )
    record_event(
        session,
        at=now,
        who=SYSTEM,
        action=Action.ISSUE_DOMAIN_PAUSED,
        subject_id=issue_id,
        facts={"domain": trouble.domain, "reason": trouble.reason, "until": until.isoformat()},
    )
    return until


def current_pauses(session: Session, now: datetime) -> list[DomainPause]:
    """The pauses in force, by domain name."""
    current = select(DomainPause).where(
        # A pause that began in the future was made before the clock was set back.
        DomainPause.until > now,
        DomainPause.since <= now + CLOCKS_DIFFER_BY,
    )
    return list(session.scalars(current.order_by(DomainPause.domain)))


def record_trouble(
    session: Session,
    domain: str,
    reason: str,
    now: datetime,
    pause_after: Callable[[int], timedelta],
) -> datetime:
    """Begins a pause, and returns its end. Trouble during a pause does not extend it.

    Locks the row. `pause_after` gets the number of troubles in a row.
    """
    none_yet = {"since": now, "until": now, "times": 0, "reason": reason}
    insert_if_missing(session, DomainPause, ["domain"], domain=domain, **none_yet)
    row = session.get_one(DomainPause, domain, with_for_update=True)
    if row.until <= now or row.since > now + CLOCKS_DIFFER_BY:
        is_over = now - row.until > _FORGIVEN_AFTER
        row.times = 1 if is_over else row.times + 1
        row.since = now
        row.until = now + pause_after(row.times)
    row.reason = reason
    session.flush()
    return row.until


def clear_trouble(session: Session, domain: str) -> bool:
    """Ends the pause. False if there was none."""
    ended = delete(DomainPause).where(DomainPause.domain == domain)
    return session.scalar(ended.returning(DomainPause.domain)) is not None

"""The history: who did what to what. Written in the transaction of the change itself.

An event is data; domain/history.py puts it into words where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.history import Happened
from newsletter.domain.principals import Principal
from newsletter.store.models import Event

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state to make: the action, by whom, and the facts to record."""

    action: Action
    who: Principal
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


def record_change(session: Session, change: Change, subject_id: int, **facts: Any) -> None:
    """Records the event of a change, with additional `facts`."""
    record_event(
        session,
        at=change.at,
        who=change.who,
        action=change.action,
        subject_id=subject_id,
        facts={**change.facts, **facts},
    )


def record_event(  # noqa: PLR0913  each is a column
    session: Session,
    *,
    at: datetime,
    who: Principal,
    action: Action,
    subject_id: int,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """`subject_id` is a row of the table that the action's name begins with: issue, user, …

    `facts` are JSON: moments in ISO 8601, with their offset.
    """
    session.add(
        Event(
            at=at,
            action=action,
            who_kind=who.kind,
            who_id=who.id,
            who_name=who.name,
            subject_kind=action.subject_kind,
            subject_id=subject_id,
            facts=dict(facts or {}),
        )
    )


def history_of(
    session: Session, subject_kind: str, subject_id: int, *, limit: int = SHOWN
) -> tuple[Happened, ...]:
    """The newest first."""
    found = session.scalars(
        select(Event)
        .where(Event.subject_kind == subject_kind, Event.subject_id == subject_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return tuple(
        Happened(
            at=event.at,
            action=Action(event.action),
            who_kind=event.who_kind,
            who=event.who_name,
            facts=event.facts,
        )
        for event in found
    )

"""The history: who did what to what. Written in the transaction of the deed itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.principals import Principal
from newsletter.store.models import Event


@dataclass(frozen=True, slots=True)
class Change:
    """What is done, by whom, and the facts that the history puts into words."""

    action: Action
    who: Principal
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)


def record_change(session: Session, change: Change, subject_id: int, **facts: Any) -> None:
    """`facts` are added to those that the change has anyway."""
    record_event(
        session,
        at=change.at,
        actor=change.who.name,
        verb=change.action,
        subject_kind=change.action.subject_kind,
        subject_id=subject_id,
        detail={**change.facts, **facts},
    )


def record_event(  # noqa: PLR0913  each is a column
    session: Session,
    *,
    at: datetime,
    actor: str,
    verb: str,
    subject_kind: str,
    subject_id: int,
    detail: dict[str, Any] | None = None,
) -> None:
    """`subject_kind` is a table's word in the singular: issue, newsletter, subscriber, user."""
    session.add(
        Event(
            at=at,
            actor=actor,
            verb=verb,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail or {},
        )
    )


def events_about(
    session: Session, subject_kind: str, subject_id: int, *, limit: int = 50
) -> list[Event]:
    """The newest first."""
    return list(
        session.scalars(
            select(Event)
            .where(Event.subject_kind == subject_kind, Event.subject_id == subject_id)
            .order_by(Event.id.desc())
            .limit(limit)
        )
    )

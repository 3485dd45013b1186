"""The history: who did what to what. Written in the transaction of the change itself.

An event is data; domain/history.py puts it into words where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.history import Happened
from newsletter.domain.principals import Principal, PrincipalKind
from newsletter.store.models import Event, Issue

SHOWN = 50
_PEOPLE = (PrincipalKind.EDITOR, PrincipalKind.COMMAND_LINE)


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
) -> Event:
    """`subject_id` is a row of the table that the action's name begins with: issue, user, …

    `facts` are JSON: moments in ISO 8601, with their offset.
    """
    event = Event(
        at=at,
        action=action,
        who_kind=who.kind,
        who_id=who.id,
        who_name=who.name,
        subject_kind=action.subject_kind,
        subject_id=subject_id,
        facts=dict(facts or {}),
    )
    session.add(event)
    return event


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
    return tuple(_happened(event) for event in found)


def acts_of_people(  # noqa: PLR0913  what a page can ask for
    session: Session,
    newsletter_id: int | None,
    *,
    who: str,
    action: str,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> list[tuple[int, str, int, Happened]]:
    """By editors and on the command line, the newest first: (id, subject's kind and id, what).

    None is of the whole server. `action` is its beginning.
    """
    wanted = select(Event).where(Event.who_kind.in_(_PEOPLE)).order_by(Event.id.desc())
    if newsletter_id is not None:
        wanted = wanted.where(_is_about(newsletter_id))
    if who:
        wanted = wanted.where(Event.who_name == who)
    if action:
        wanted = wanted.where(Event.action.startswith(action, autoescape=True))
    if since is not None:
        wanted = wanted.where(Event.at >= since)
    if until is not None:
        wanted = wanted.where(Event.at < until)
    if before is not None:
        wanted = wanted.where(Event.id < before)
    found = session.scalars(wanted.limit(limit))
    return [(one.id, one.subject_kind, one.subject_id, _happened(one)) for one in found]


def _is_about(newsletter_id: int) -> ColumnElement[bool]:
    """The newsletter itself, its issues, and what names it among its facts."""
    issues = select(Issue.id).where(Issue.newsletter_id == newsletter_id)
    return or_(
        and_(Event.subject_kind == "newsletter", Event.subject_id == newsletter_id),
        and_(Event.subject_kind == "issue", Event.subject_id.in_(issues)),
        Event.facts["newsletter_id"].as_integer() == newsletter_id,
    )


def _happened(event: Event) -> Happened:
    return Happened(
        at=event.at,
        action=Action(event.action),
        who_kind=event.who_kind,
        who=event.who_name,
        facts=event.facts,
    )

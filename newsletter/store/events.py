"""The history: who did what to what. Written in the transaction of the change itself.

An event is data; domain/history.py puts it into words where it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.history import Happened
from newsletter.domain.staff.origins import Origin
from newsletter.domain.staff.principals import Principal
from newsletter.store.leases import changed_rows
from newsletter.store.models import Event, Issue, Newsletter, User
from newsletter.store.models.staff import BY_PEOPLE, FAILED, HAS_ORIGIN

SHOWN = 50
_NAMED: tuple[tuple[str, Any, Any], ...] = (
    ("issue", Issue, func.coalesce(func.nullif(Issue.title, ""), Issue.subject)),
    ("newsletter", Newsletter, Newsletter.name),
    ("download", Newsletter, Newsletter.name),
    ("user", User, func.coalesce(func.nullif(User.name, ""), User.address)),
)


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
        origin_address=who.origin.address or None,
        origin_device=who.origin.device or None,
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
    """By editors, on the command line, and by who could not sign in; the newest first: (id,
    subject's kind and id, what).

    None is of the whole server. `action` is its beginning.
    """
    wanted = select(Event).where(BY_PEOPLE).order_by(Event.id.desc())
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


def names_of_subjects(
    session: Session, subjects: Collection[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """By kind and id. Only of issues, newsletters and editors that are still there."""
    names: dict[tuple[str, int], str] = {}
    for kind, table, column in _NAMED:
        ids = [number for one, number in subjects if one == kind]
        if ids:
            found = session.execute(select(table.id, column).where(table.id.in_(ids)))
            names |= {(kind, number): name for number, name in found}
    return names


def failed_sign_ins_since(session: Session, user_id: int, since: datetime) -> Sequence[Row[Any]]:
    """Of an editor, or of 0 for addresses that are none's: (id, origin_address, facts)."""
    theirs = (FAILED, Event.at >= since, Event.subject_id == user_id)
    wanted = select(Event.id, Event.origin_address, Event.facts).where(*theirs)
    return session.execute(wanted.order_by(Event.id)).all()


def count_one_more(session: Session, event_id: int) -> None:
    """In the fact `more`, which counts what is not listed."""
    event = session.get_one(Event, event_id, with_for_update=True)
    event.facts = {"more": event.facts["more"] + 1}


def forget_origins(session: Session, before: datetime) -> None:
    """The address, and the browser, which goes with it."""
    old = update(Event).where(HAS_ORIGIN, Event.at < before)
    session.execute(old.values(origin_address=None, origin_device=None))


def forget_old_acts(session: Session, before: datetime, failed_before: datetime) -> int:
    """What is nobody's history: of people, and of what was taken out. How many there were."""
    of_people = and_(Event.subject_kind.in_(("user", "download", "server")), Event.at < before)
    failed = and_(FAILED, Event.at < failed_before)
    return sum(changed_rows(session, delete(Event).where(which)) for which in (of_people, failed))


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
        origin=Origin(event.origin_address or "", event.origin_device or ""),
    )

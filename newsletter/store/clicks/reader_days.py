"""Joins and leaves by day. Days that are over are counted once, for all newsletters together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, insert, select
from sqlalchemy.orm import Session

from newsletter.domain.readers.consent import ConsentKind, SuppressionReason
from newsletter.domain.readers.reader_figures import BY_EMAIL, LEAVING_PAGES, RETURN
from newsletter.store.models import Consent, ReaderDay, Subscription
from newsletter.store.planner import beside_index

_HOW_IS_FREE = (ConsentKind.ADDED, ConsentKind.IMPORTED)
_OTHER = "other"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class DayCount:
    """As ReaderDay."""

    day: date
    newsletter_id: int
    kind: str
    how: str
    readers: int


def last_kept_day(session: Session) -> date | None:
    return session.scalar(select(func.max(ReaderDay.day)))


def count_days(
    session: Session,
    *,
    since: date | None = None,
    before: date | None = None,
    newsletter_id: int | None = None,
) -> list[DayCount]:
    """From the evidence itself."""
    day, how = _day_of(session, Consent.at), _how()
    wanted: list[ColumnElement[bool]] = [Consent.kind != ConsentKind.ASKED]
    if since is not None:
        wanted.append(Consent.at >= datetime.combine(since, time(), UTC))
    if before is not None:
        wanted.append(Consent.at < datetime.combine(before, time(), UTC))
    if newsletter_id is not None:
        wanted.append(beside_index(session, Subscription.newsletter_id) == newsletter_id)
    rows = session.execute(
        select(day.label("day"), Subscription.newsletter_id, Consent.kind, how, func.count())
        .join(Subscription, Subscription.id == Consent.subscription_id)
        .where(*wanted)
        .group_by("day", Subscription.newsletter_id, Consent.kind, how)
    )
    return [DayCount(_as_date(row[0]), row[1], row[2], row[3], row[4]) for row in rows]


def keep_days(session: Session, counts: Sequence[DayCount]) -> None:
    """In place of all that were kept: an import brings evidence of days that are long over."""
    session.execute(delete(ReaderDay))
    for start in range(0, len(counts), _AT_ONCE):
        portion = counts[start : start + _AT_ONCE]
        session.execute(insert(ReaderDay), [asdict(one) for one in portion])


def days_since(session: Session, newsletter_id: int, since: date, today: date) -> list[DayCount]:
    """Days that were kept, and from the evidence those that were not yet."""
    last = last_kept_day(session)
    fresh = min(max(since, last + timedelta(days=1)), today) if last else since
    recent = count_days(session, since=fresh, newsletter_id=newsletter_id)
    return _kept_days(session, newsletter_id, since, fresh) + recent


def _kept_days(session: Session, newsletter_id: int, since: date, before: date) -> list[DayCount]:
    rows = session.scalars(
        select(ReaderDay).where(
            ReaderDay.day >= since,
            ReaderDay.day < before,
            ReaderDay.newsletter_id == newsletter_id,
        )
    )
    return [DayCount(r.day, r.newsletter_id, r.kind, r.how, r.readers) for r in rows]


def _how() -> ColumnElement[str]:
    """One of a few words: evidence is free text otherwise, and may name a person."""
    how = Consent.how
    pages = [(how.like(f"{page}, edition %"), how) for page in LEAVING_PAGES]
    reasons = [(how.like(f"{one.value}%"), one.value) for one in SuppressionReason]
    return case(
        (Consent.kind.in_(_HOW_IS_FREE), ""),
        (how.like(f"{RETURN}%"), RETURN),
        (Consent.kind == ConsentKind.CONFIRMED, ""),
        (how.like(f"{BY_EMAIL}%"), BY_EMAIL),
        *pages,
        *((how == page, page) for page in LEAVING_PAGES),
        *reasons,
        else_=_OTHER,
    ).label("how")


def _day_of(session: Session, moment: Any) -> ColumnElement[Any]:
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(moment, 1, 10)
    return func.date(func.timezone("UTC", moment))


def _as_date(day: str | date) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day

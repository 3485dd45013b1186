"""What goes out when, over all newsletters that someone may see, and what clashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.audiences import Reach, on_day, reach_of_sample
from newsletter.domain.calendars import CLASH_WITHIN, Clash, Month, Planned, close_pairs
from newsletter.domain.issues import IssueState
from newsletter.domain.permissions import PERMISSIONS, require_scope
from newsletter.domain.principals import Principal
from newsletter.store.issues.planned import planned_between, scheduled_time
from newsletter.store.readers.audiences import Clause, count_in_both, reader_clauses
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.reach import SAMPLE

_ANY_ZONE = timedelta(hours=15)
"""So far can a newsletter's day be from that of UTC."""
_MOST_PAIRS = 50


@dataclass(frozen=True, slots=True)
class ShownCalendar:
    """`planned` is also of the days around the month that its weeks show."""

    month: Month
    planned: tuple[Planned, ...]
    clashes: tuple[Clash, ...]

    def clashes_of(self, issue_id: int) -> list[Clash]:
        return [one for one in self.clashes if issue_id in (one.one.issue_id, one.other.issue_id)]


def show_calendar(context: Context, month: Month, principal: Principal) -> ShownCalendar:
    require_scope(principal, "show_calendar")
    begin = datetime.combine(month.first, time(), UTC) - timedelta(days=7) - _ANY_ZONE
    end = datetime.combine(month.next.first, time(), UTC) + timedelta(days=7) + _ANY_ZONE
    with context.database.read() as session:
        planned = planned_between(session, begin, end, _seen_by(principal))
        waiting = [one for one in planned if one.state is IssueState.SCHEDULED]
        clashes = _clashes(context, session, close_pairs(waiting))
    return ShownCalendar(month, tuple(planned), tuple(clashes))


def clashes_with(context: Context, issue_id: int, principal: Principal) -> list[Clash]:
    """Of a scheduled issue with what is planned a few hours before and after it."""
    require_for_issue(context, principal, "clashes_with", issue_id)
    with context.database.read() as session:
        at = scheduled_time(session, issue_id)
        if at is None:
            return []
        near = planned_between(session, at - CLASH_WITHIN, at + CLASH_WITHIN, _seen_by(principal))
        waiting = [one for one in near if one.state is IssueState.SCHEDULED]
        pairs = [
            (one, other) if one.issue_id == issue_id else (other, one)
            for one, other in close_pairs(waiting)
            if issue_id in (one.issue_id, other.issue_id)
        ]
        return _clashes(context, session, pairs)


def _seen_by(principal: Principal) -> frozenset[int] | None:
    return principal.newsletters_with(PERMISSIONS["show_calendar"])


def _clashes(
    context: Context, session: Session, pairs: list[tuple[Planned, Planned]]
) -> list[Clash]:
    found = (
        Clash(one, other, _both(context, session, one, other)) for one, other in pairs[:_MOST_PAIRS]
    )
    return [clash for clash in found if clash.both.count]


def _both(context: Context, session: Session, one: Planned, other: Planned) -> Reach:
    """None at all where a sample of a long list has nobody."""
    active = context.subscriber_counts.active(session, one.newsletter_id)
    one_in = max(1, active // SAMPLE)
    hits = count_in_both(session, _readers(session, one), _readers(session, other), one_in)
    return reach_of_sample(hits, one_in) if hits else Reach(0)


def _readers(session: Session, issue: Planned) -> list[Clause]:
    audience = on_day(issue.audience, issue.local.date())
    return reader_clauses(session, audience, issue.newsletter_id, issue.zone)

"""What goes out when, over all newsletters that someone may see, and what clashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import Audience, Reach, on_day, reach_of_sample
from newsletter.domain.sending.calendars import CLASH_WITHIN, Clash, Month, Planned, close_pairs
from newsletter.domain.staff.permissions import PERMISSIONS, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.planned import planned_between, scheduled_time
from newsletter.store.readers.audience_paths import (
    AudiencePath,
    count_sample,
    in_sample,
    narrowed_readers,
    narrowest_path,
)
from newsletter.store.readers.audiences import Clause
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
    path = min(
        (found for issue in (one, other) if (found := _path(session, issue, one.newsletter_id))),
        key=lambda path: path.size,
        default=None,
    )
    one_in = 1 if path and path.is_few else max(1, active // SAMPLE)
    both = [*_readers(session, one), *_also(session, other, one.newsletter_id, one_in)]
    hits = count_sample(session, both, one_in, path)
    return reach_of_sample(hits, one_in) if hits else Reach(0)


def _also(session: Session, issue: Planned, newsletter_id: int, one_in: int) -> list[Clause]:
    """On a subscription of the newsletter: its subscriber gets the issue as well."""
    readers = _readers(session, issue)
    return readers if issue.newsletter_id == newsletter_id else [in_sample(readers, one_in)]


def _path(session: Session, issue: Planned, newsletter_id: int) -> AudiencePath | None:
    """To subscriptions of the newsletter."""
    if issue.newsletter_id != newsletter_id:
        return None
    return narrowest_path(session, _meant(issue), issue.newsletter_id, issue.zone)


def _readers(session: Session, issue: Planned) -> list[Clause]:
    return narrowed_readers(session, _meant(issue), issue.newsletter_id, issue.zone)


def _meant(issue: Planned) -> Audience:
    return on_day(issue.audience, issue.local.date())

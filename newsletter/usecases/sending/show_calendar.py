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
    narrowest_path,
    sample_of,
)
from newsletter.store.readers.audiences import Clause, reader_clauses
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
    readers = _Readers(context, session)
    found = (Clash(one, other, readers.of_both(one, other)) for one, other in pairs[:_MOST_PAIRS])
    return [clash for clash in found if clash.both.count]


@dataclass(frozen=True, slots=True)
class _Meant:
    """Whom an issue is for. Many issues are for the same."""

    newsletter_id: int
    zone: str
    audience: Audience


class _Readers:
    """Of planned issues: asked once for each audience, and once for each pair of them."""

    def __init__(self, context: Context, session: Session) -> None:
        self._context, self._session = context, session
        self._paths: dict[_Meant, AudiencePath | None] = {}
        self._samples: dict[_Meant, frozenset[int]] = {}
        self._counted: dict[tuple[_Meant, _Meant], Reach] = {}

    def of_both(self, one: Planned, other: Planned) -> Reach:
        """None at all where a sample of a long list has nobody."""
        pair = _meant(one), _meant(other)
        if pair not in self._counted:
            self._counted[pair] = self._count(*pair)
        return self._counted[pair]

    def _count(self, one: _Meant, other: _Meant) -> Reach:
        is_few = any(path and path.is_few for path in (self._path(one), self._path(other)))
        one_in = 1 if is_few else self._one_in(one)
        if one_in > 1 and one.newsletter_id == other.newsletter_id:
            hits = len(self._sample(one) & self._sample(other))
        else:
            hits = self._hits(one, other, one_in)
        return reach_of_sample(hits, one_in) if hits else Reach(0)

    def _hits(self, one: _Meant, other: _Meant, one_in: int) -> int:
        """The other one's subscribers may be those of another newsletter."""
        also, paths = self._clauses(other), [self._path(one)]
        if one.newsletter_id == other.newsletter_id:
            paths.append(self._path(other))
        else:
            also = [in_sample(also, one_in)]
        path = min((one for one in paths if one), key=lambda path: path.size, default=None)
        return count_sample(self._session, [*self._clauses(one), *also], one_in, path)

    def _sample(self, meant: _Meant) -> frozenset[int]:
        if meant not in self._samples:
            sample = sample_of(
                self._session, self._clauses(meant), self._one_in(meant), self._path(meant)
            )
            self._samples[meant] = sample
        return self._samples[meant]

    def _one_in(self, meant: _Meant) -> int:
        active = self._context.subscriber_counts.active(self._session, meant.newsletter_id)
        return max(1, active // SAMPLE)

    def _clauses(self, meant: _Meant) -> list[Clause]:
        path = self._path(meant)
        found = reader_clauses(self._session, meant.audience, meant.newsletter_id, meant.zone)
        return [*path.clauses, *found] if path else found

    def _path(self, meant: _Meant) -> AudiencePath | None:
        if meant not in self._paths:
            self._paths[meant] = narrowest_path(
                self._session, meant.audience, meant.newsletter_id, meant.zone
            )
        return self._paths[meant]


def _meant(issue: Planned) -> _Meant:
    audience = on_day(issue.audience, issue.local.date())
    return _Meant(issue.newsletter_id, issue.zone, audience)

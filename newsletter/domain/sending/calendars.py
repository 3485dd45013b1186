"""What is planned: issues by day, and those that reach the same people within a few hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import Audience, Precision, Reach

CLASH_WITHIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Planned:
    """An issue with a time: it is due then, or was sent then."""

    issue_id: int
    title: str
    state: IssueState
    at: datetime
    audience: Audience
    newsletter_id: int
    newsletter: str
    zone: str

    @property
    def shown_title(self) -> str:
        return self.title or "Untitled issue"

    @property
    def local(self) -> datetime:
        """In the newsletter's zone."""
        return self.at.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Clash:
    one: Planned
    other: Planned
    both: Reach
    """How many get both."""

    @property
    def words(self) -> str:
        whom = str(self.both)
        if self.both.precision is Precision.EXACT and self.both.count == 1:
            return f"{self._when} 1 subscriber gets both."
        return f"{self._when} {whom[:1].upper()}{whom[1:]} get both."

    @property
    def _when(self) -> str:
        at = self.other.local
        return (
            f"“{self.other.shown_title}” of {self.other.newsletter} goes out on "
            f"{at:%a %-d %b, %H:%M} ({self.other.zone})."
        )


def close_pairs(planned: Iterable[Planned]) -> list[tuple[Planned, Planned]]:
    """Those that go out within a few hours of each other, the earlier first."""
    ordered = sorted(planned, key=lambda one: (one.at, one.issue_id))
    return [
        (one, other) for one, other in combinations(ordered, 2) if other.at - one.at < CLASH_WITHIN
    ]


@dataclass(frozen=True, slots=True)
class Month:
    """`first` is its first day."""

    first: date

    @property
    def next(self) -> Month:
        return Month((self.first + timedelta(days=31)).replace(day=1))

    @property
    def previous(self) -> Month:
        return Month((self.first - timedelta(days=1)).replace(day=1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    def weeks(self, planned: Sequence[Planned]) -> list[list[tuple[date, list[Planned]]]]:
        """Whole weeks from Monday, each day with its issues."""
        return [[(day, _on(day, planned)) for day in week] for week in self._weeks()]

    def _weeks(self) -> Iterator[list[date]]:
        monday = self.first - timedelta(days=self.first.weekday())
        while monday < self.next.first:
            yield [monday + timedelta(days=n) for n in range(7)]
            monday += timedelta(days=7)


def month_of(text: str, today: date) -> Month:
    """As 2026-12. This month for what is none, or is far away."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return Month(today.replace(day=1))
    is_near = abs(first.year - today.year) < 100
    return Month(first if is_near else today.replace(day=1))


def _on(day: date, planned: Sequence[Planned]) -> list[Planned]:
    return [one for one in planned if one.local.date() == day]

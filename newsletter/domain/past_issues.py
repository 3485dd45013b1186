"""Issues that went out elsewhere: which of an archive can be taken, and which number each gets."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import Any

from newsletter.domain.checks.left_out import share_left_out
from newsletter.domain.issues.digests import Unplaced
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_checks import problems_of
from newsletter.domain.issues.issue_dates import FARTHEST, FIRST_DAY

FEWEST_THAT_COME_BACK = 3


class Outcome(StrEnum):
    NEW = "new"
    THERE = "already there"
    CHANGED = "changed"
    REFUSED = "refused"
    LEFT_OUT = "left out"


class Pictures(StrEnum):
    """Where readers see those of past issues from: where they are, or from us."""

    LINK = "link"
    FETCH = "fetch"


def pictures_of(text: str) -> Pictures:
    """Links for what is none."""
    return Pictures(text) if text in set(Pictures) else Pictures.LINK


@dataclass(frozen=True, slots=True)
class PastIssue:
    """`source` is its file in the archive, `fingerprint` the hash of all that is said there.

    `left_out` is text that has no place in `content`.
    """

    source: str
    content: IssueContent
    fingerprint: str
    left_out: tuple[Unplaced, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """One that the newsletter has. `fingerprint` is "" unless it was imported; `day` is its own
    date, or the day it was sent.
    """

    number: int | None
    title: str
    day: date | None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one file. `past` has its number by then; None where no issue was read."""

    source: str
    outcome: Outcome
    reason: str = ""
    past: PastIssue | None = None

    def to_json(self) -> dict[str, Any]:
        content = self.past.content if self.past else None
        day = content.issued_on if content else None
        return {
            "file": self.source,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "number": content.number if content else None,
            "title": content.title if content else "",
            "date": day.isoformat() if day else None,
            "entries": len(content.entries) if content else 0,
            "left_out_percent": self.left_out_percent,
        }

    @property
    def left_out_percent(self) -> float:
        """Of the words of the text."""
        return round(share_left_out(self.past.left_out, self.past.content), 1) if self.past else 0.0


def judge(past: Iterable[PastIssue], known: Iterable[KnownIssue], today: date) -> list[Judged]:
    """In the order of `past`. The first of two that can't both be taken is."""
    taken = _Taken(known)
    judged = [_judged(one, taken, today) for one in _without_yearly_numbers(list(past))]
    return _numbered(judged, taken)


@dataclass(slots=True)
class _Taken:
    """Numbers, texts and days that are no longer free, by what has them."""

    known: Iterable[KnownIssue]
    numbers: dict[int, KnownIssue] = field(default_factory=dict)
    days: dict[tuple[date, str], KnownIssue] = field(default_factory=dict)
    texts: dict[str, KnownIssue] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """The file of this archive that a text is from, by its fingerprint."""

    def __post_init__(self) -> None:
        for one in self.known:
            self.add(one)

    def add(self, one: KnownIssue) -> None:
        if one.number is not None:
            self.numbers[one.number] = one
        if one.day is not None:
            self.days[one.day, one.title] = one
        if one.fingerprint:
            self.texts[one.fingerprint] = one

    def same_as(self, content: IssueContent) -> KnownIssue | None:
        """By its number; one without a number by its day and title."""
        if content.number is not None:
            return self.numbers.get(content.number)
        return self.days.get((content.issued_on, content.title)) if content.issued_on else None


def _without_yearly_numbers(past: list[PastIssue]) -> list[PastIssue]:
    """Numbers that come back are those of weeks, or begin again each year: they tell no issues
    apart. One that comes back is more likely a slip.
    """
    years: dict[int, set[int]] = {}
    for content in (one.content for one in past):
        if content.number is not None and content.issued_on is not None:
            years.setdefault(content.number, set()).add(content.issued_on.year)
    if sum(len(found) > 1 for found in years.values()) < FEWEST_THAT_COME_BACK:
        return past
    return [
        replace(one, content=replace(one.content, number=None)) if one.content.issued_on else one
        for one in past
    ]


def _judged(past: PastIssue, taken: _Taken, today: date) -> Judged:
    content = past.content
    if known := taken.texts.get(past.fingerprint):
        return _same_text(past, known, taken)
    if problem := _problem(content, today):
        return Judged(past.source, Outcome.REFUSED, problem, past)
    if known := taken.same_as(content):
        return _same_issue(past, known, taken)
    one = KnownIssue(content.number, content.title, content.issued_on, past.fingerprint)
    taken.add(one)
    taken.files[past.fingerprint] = past.source
    return Judged(past.source, Outcome.NEW, "", past)


def _same_text(past: PastIssue, known: KnownIssue, taken: _Taken) -> Judged:
    if file := taken.files.get(past.fingerprint):
        return Judged(past.source, Outcome.REFUSED, f"It is the same text as {file}.", past)
    taken.files[past.fingerprint] = past.source
    numbered = replace(past, content=replace(past.content, number=known.number))
    return Judged(past.source, Outcome.THERE, f"It is issue {known.number}.", numbered)


def _same_issue(past: PastIssue, known: KnownIssue, taken: _Taken) -> Judged:
    which = f"Issue {known.number}" if known.number is not None else f"“{known.title}”"
    if file := taken.files.get(known.fingerprint):
        number = past.content.number
        same = f"number {number}" if number is not None else "date and title"
        return Judged(past.source, Outcome.REFUSED, f"{file} has the same {same}.", past)
    if known.fingerprint:
        advice = "Delete that issue first to import this text instead."
        reason = f"{which} was imported before, with another text. {advice}"
        return Judged(past.source, Outcome.CHANGED, reason, past)
    reason = f"{which} exists already: “{known.title}”. Change the number of one of them."
    return Judged(past.source, Outcome.REFUSED, reason, past)


def _problem(content: IssueContent, today: date) -> str:
    if problem := day_problem(content.issued_on, today):
        return problem
    if content.number is None and content.issued_on is None:
        return "It has neither a number nor a date. Add “number:” or “date:” to its head."
    return next(iter(problems_of(content, today).values()), "")


def day_problem(day: date | None, today: date) -> str:
    """A date that can't be that of a past issue refuses its file: without it, its place is lost."""
    if day is None or FIRST_DAY <= day <= today + FARTHEST:
        return ""
    wrong = "before 1971" if day < FIRST_DAY else "more than a year ahead"
    return f"Its date {day.isoformat()} is {wrong}. Correct the date."


def _numbered(judged: Sequence[Judged], taken: _Taken) -> list[Judged]:
    """Those without a number, by their days: each fills a gap where it belongs, or comes last."""
    free = _FreeNumbers(taken)
    numbered = list(judged)
    for day, at in sorted(_without_number(judged)):
        numbered[at] = _with_number(judged[at], free.take(day))
    return numbered


def _without_number(judged: Iterable[Judged]) -> Iterator[tuple[date, int]]:
    """(day, place in `judged`)."""
    for at, one in enumerate(judged):
        content = one.past.content if one.past and one.outcome is Outcome.NEW else None
        if content and content.number is None and content.issued_on:
            yield content.issued_on, at


def _with_number(judged: Judged, number: int) -> Judged:
    if judged.past is None:
        return judged
    content = replace(judged.past.content, number=number)
    reason = f"It has no number of its own; by its date it gets {number}."
    return replace(judged, past=replace(judged.past, content=content), reason=reason)


class _FreeNumbers:
    """Asked for days in their order."""

    def __init__(self, taken: _Taken) -> None:
        self._numbers = set(taken.numbers)
        dated = [(one.day, number) for number, one in taken.numbers.items() if one.day is not None]
        dated.sort()
        self._days = [day for day, _ in dated]
        numbers = [number for _, number in dated]
        self._highest_until = [0, *accumulate(numbers, max)]
        later = accumulate(reversed(numbers), min)
        self._lowest_after = [*reversed(list(later)), math.inf]
        self._highest = max(self._numbers, default=0)
        self._last = 0

    def take(self, day: date) -> int:
        at = bisect_right(self._days, day)
        number = max(self._highest_until[at], self._last) + 1
        while number in self._numbers:
            number += 1
        if number >= self._lowest_after[at]:
            number = self._highest + 1
        else:
            self._last = number
        self._numbers.add(number)
        self._highest = max(self._highest, number)
        return number

"""Which past issues are taken, and what number each gets."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.past_issues import Judged, KnownIssue, Outcome, PastIssue, judge

TODAY = date(2026, 11, 22)
NEW, THERE, REFUSED, CHANGED = Outcome.NEW, Outcome.THERE, Outcome.REFUSED, Outcome.CHANGED


def a_past(source: str, day: str = "", number: int | None = None, **values: Any) -> PastIssue:
    content = IssueContent(
        title=values.pop("title", source),
        subject=source,
        preheader="",
        intro="Words.",
        number=number,
        sections=(),
        issued_on=date.fromisoformat(day) if day else None,
    )
    return PastIssue(source, content, values.pop("fingerprint", f"hash of {source}"))


def outcomes(judged: list[Judged]) -> list[tuple[Outcome, int | None]]:
    return [(one.outcome, one.past.content.number if one.past else None) for one in judged]


def test_what_has_no_number_fills_the_gap_where_its_date_belongs_or_comes_last() -> None:
    past = [
        a_past("a", "2020-01-01", 1),
        a_past("d", "2020-01-04"),
        a_past("b", "2020-01-02"),
        a_past("e", "2020-01-05", 4),
        a_past("c", "2020-01-03"),
        a_past("f", "2020-01-06"),
    ]
    judged = judge(past, [], TODAY)
    assert [number for _, number in outcomes(judged)] == [1, 5, 2, 4, 3, 6]
    assert judged[2].reason == "It has no number of its own; by its date it gets 2."


def test_without_any_number_they_are_counted_and_never_take_one_that_is_there() -> None:
    sent_here = KnownIssue(1, "Ours", date(2026, 1, 1))
    past = [a_past("b", "2020-01-02"), a_past("a", "2020-01-01")]
    assert outcomes(judge(past, [], TODAY)) == [(NEW, 2), (NEW, 1)]
    assert outcomes(judge(past, [sent_here], TODAY)) == [(NEW, 3), (NEW, 2)]


def test_numbers_that_come_back_each_year_are_not_those_of_issues() -> None:
    past = [
        a_past(f"{year}-{week}", f"{year}-02-0{week}", week)
        for year in (2020, 2021)
        for week in (1, 2, 3)
    ]
    assert outcomes(judge(past, [], TODAY)) == [(NEW, number) for number in range(1, 7)]


def test_of_two_with_one_number_the_first_is_taken_and_a_second_run_says_the_same() -> None:
    past = [a_past("a", "2020-01-01", 1), a_past("b", "2020-01-02", 1)]
    first = judge(past, [], TODAY)
    assert outcomes(first) == [(NEW, 1), (REFUSED, 1)]
    assert first[1].reason == "a has the same number 1."
    second = judge(past, [KnownIssue(1, "a", date(2020, 1, 1), "hash of a")], TODAY)
    assert outcomes(second) == [(THERE, 1), (REFUSED, 1)]
    assert second[1].reason == first[1].reason


@pytest.mark.parametrize(
    ("past", "known", "outcome", "words"),
    [
        (a_past("a", "2020-01-01", 1), KnownIssue(1, "Draft", None), REFUSED, "exists already"),
        (a_past("a", number=1), KnownIssue(1, "a", None, "other"), CHANGED, "with another text"),
        (
            a_past("a", "2020-01-01"),
            KnownIssue(7, "a", date(2020, 1, 1), "other"),
            CHANGED,
            "Issue 7 was imported before",
        ),
        (a_past("a"), None, REFUSED, "neither a number nor a date"),
        (a_past("a", "1970-12-31", 1), None, REFUSED, "before 1971"),
        (a_past("a", "2199-01-01", 1), None, REFUSED, "more than a year ahead"),
        (a_past("a", number=1, title="x" * 400), None, REFUSED, "The limit is 300"),
    ],
)
def test_what_is_refused_says_why(
    past: PastIssue, known: KnownIssue | None, outcome: Outcome, words: str
) -> None:
    [judged] = judge([past], [known] if known else [], TODAY)
    assert judged.outcome is outcome
    assert words in judged.reason

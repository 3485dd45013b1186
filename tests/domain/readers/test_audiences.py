"""Conditions are read from pairs, or refused with the reason."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.audiences import (
    FOR_ISSUES,
    Audience,
    Kind,
    Reach,
    audience_of,
    counted_words,
    kept_audience,
    reach_of_sample,
)


def test_what_is_kept_of_an_audience_reads_back_to_the_same() -> None:
    pairs = [("tag", "oslo"), ("attribute", "plan=pro"), ("since", "2026-01-31")]
    audience = audience_of([*pairs, ("tag", " "), ("q", "ann"), ("tag", "oslo ")])
    assert audience.pairs == pairs
    assert audience_of(audience.pairs) == audience
    assert audience_of([]) == Audience()


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("since", "yesterday", "such as 2026-11-28"),
        ("since", "2026-02-30", "such as 2026-11-28"),
        ("state", "asleep", "must be one of: pending"),
        ("source", "heaven", "must be one of: signup"),
        ("feedback", "silence", "must be one of: bounced"),
        ("attribute", "=pro", "Name the attribute"),
        ("tag", "x" * 301, "at most 300"),
        ("tag", "a\x00b", "at most 300"),
    ],
)
def test_a_condition_that_means_nothing_is_refused(kind: str, value: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        audience_of([(kind, value)])
    assert refused.value.field == Kind(kind)


def test_an_audience_has_a_bounded_number_of_conditions() -> None:
    with pytest.raises(InvalidInput, match="at most 30 conditions"):
        audience_of([("tag", str(number)) for number in range(31)])


def test_a_kind_that_only_a_later_version_knows_is_never_left_out_of_what_was_kept() -> None:
    with pytest.raises(ValueError, match="phase_of_the_moon"):
        kept_audience([["phase_of_the_moon", "full"]])


@pytest.mark.parametrize(
    ("pairs", "reach", "words"),
    [
        ([], Reach(0), "no subscribers"),
        ([], Reach(1), "1 subscriber"),
        ([], Reach(1204), "all 1,204 subscribers"),
        ([("tag", "berlin")], Reach(1), "1 subscriber with the tag “berlin”"),
        ([("source", "import")], Reach(0), "no subscribers who came by import"),
        (
            [("tag", "berlin"), ("since", "2026-03-01")],
            Reach(1204),
            "1,204 subscribers with the tag “berlin”, who joined on or after 1 March 2026",
        ),
        (
            [("not_mailed_today", "yes")],
            reach_of_sample(12_345, 50),
            "about 620,000 subscribers who got no other issue that day",
        ),
        (
            [("attribute", "city")],
            reach_of_sample(3, 50),
            "fewer than 2,500 subscribers with any city",
        ),
    ],
)
def test_a_sentence_says_whom_an_issue_reaches(
    pairs: list[tuple[str, str]], reach: Reach, words: str
) -> None:
    assert counted_words(audience_of(pairs, FOR_ISSUES), reach) == words

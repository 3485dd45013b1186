"""Conditions are read from pairs, or refused with the reason."""

from __future__ import annotations

import pytest

from newsletter.domain.audiences import Audience, Kind, audience_of
from newsletter.domain.errors import InvalidInput


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

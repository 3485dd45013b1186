"""Canaries: how many go first, and what stops an issue."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.domain.sending.canaries import CanaryResult, canary_readers, is_bad_sign


@pytest.mark.parametrize(
    ("audience", "percent", "readers"),
    [
        (1_000_000, 1, 10_000),
        (5_000, 1, 50),
        (500, 1, 10),
        (100, 1, 10),
        (99, 1, 0),
        (100, 50, 50),
        (5_000, 0, 0),
        (0, 1, 0),
    ],
)
def test_the_canary_is_a_share_of_the_audience_within_bounds(
    audience: int, percent: int, readers: int
) -> None:
    assert canary_readers(audience, percent) == readers


@pytest.mark.parametrize(
    ("attempted", "bad", "is_good"),
    [(100, 4, True), (100, 5, False), (100, 6, False), (10, 0, True), (10, 1, False), (0, 0, True)],
)
def test_the_threshold_itself_stops(attempted: int, bad: int, *, is_good: bool) -> None:
    assert CanaryResult(attempted, bad, threshold_percent=5).is_good is is_good


def test_the_reason_has_the_numbers() -> None:
    said = str(CanaryResult(200, 13, threshold_percent=5))
    assert "13 of the first 200 copies" in said
    assert "6.5%" in said
    assert "pauses at 5%" in said


@pytest.mark.parametrize(
    ("stage", "reply", "is_bad"),
    [
        ("rcpt", Reply(550, "no such user", "5.1.1"), True),
        ("rcpt", Reply(550, "blocked", "5.7.1"), True),
        ("dot", Reply(554, "looks like spam", "5.7.1"), True),
        ("rcpt", Reply(552, "mailbox full", "5.2.2"), False),
        ("dot", Reply(554, "no", "5.0.0"), False),
        ("", None, False),
    ],
)
def test_unknown_addresses_and_blocks_are_bad_signs(
    stage: str, reply: Reply | None, *, is_bad: bool
) -> None:
    assert is_bad_sign(stage, reply) is is_bad

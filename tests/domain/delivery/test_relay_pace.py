"""The pace that a relay takes is found, kept and given up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.delivery.pacing import milliseconds, remaining
from newsletter.domain.delivery.relay_pace import (
    FIRST_RATE,
    FORGOTTEN_AFTER,
    LOWEST_RATE,
    RelayPace,
    grown_relay,
    slowed_relay,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_the_first_complaint_slows_the_relay_and_the_next_ones_more() -> None:
    first = slowed_relay(None, 0, NOON)
    assert first.per_second == FIRST_RATE
    second = slowed_relay(first, 0, NOON + seconds(6))
    assert second.per_second < first.per_second


def test_complaints_about_the_same_messages_count_once() -> None:
    first = slowed_relay(None, 0, NOON)
    assert slowed_relay(first, 0, NOON + seconds(1)).per_second == first.per_second


def test_a_relay_that_takes_some_is_slowed_less_than_one_that_takes_none() -> None:
    first, later = slowed_relay(None, 0, NOON), NOON + seconds(6)
    assert slowed_relay(first, 3, later).per_second > slowed_relay(first, 0, later).per_second


def test_a_pace_never_ends_at_nothing() -> None:
    pace = slowed_relay(None, 0, NOON)
    for n in range(100):
        pace = slowed_relay(pace, 0, NOON + seconds(6 * n))
    assert pace.per_second == LOWEST_RATE
    assert pace.limit.count == 1


def test_a_relay_that_accepts_for_long_is_free_again() -> None:
    pace, now = slowed_relay(None, 0, NOON), NOON
    for _ in range(300):
        now += seconds(1)
        pace = pace and grown_relay(pace, now)
    assert pace is None


def test_silence_is_no_agreement_and_after_hours_the_pace_is_forgotten() -> None:
    pace = slowed_relay(None, 0, NOON)
    grown = grown_relay(pace, NOON + timedelta(hours=1))
    assert grown is not None
    assert grown.per_second < pace.per_second * 1.3
    assert grown_relay(pace, NOON + FORGOTTEN_AFTER + seconds(1)) is None
    assert slowed_relay(pace, 0, NOON + FORGOTTEN_AFTER + seconds(1)).per_second == FIRST_RATE


def test_a_clock_that_was_set_back_does_not_hold_a_complaint_off() -> None:
    pace = slowed_relay(None, 0, NOON + timedelta(hours=1))
    assert slowed_relay(pace, 0, NOON).per_second < pace.per_second


@pytest.mark.parametrize(
    ("per_second", "count", "period_ms"),
    [
        (100, 100, 1_000),
        (1, 1, 1_000),
        (0.5, 5, 10_000),
        (0.05, 3, 60_000),
        (LOWEST_RATE, 1, 60_000),
    ],
)
def test_a_pace_is_a_limit(per_second: float, count: int, period_ms: int) -> None:
    limit = RelayPace(per_second, NOON, NOON).limit
    assert (limit.count, limit.period_ms, limit.is_remembered) == (count, period_ms, False)


@dataclass
class Minutes:
    """Takes `most` in each minute, and nothing more."""

    most: int
    taken: dict[int, int] = field(default_factory=dict)

    def __call__(self, now_s: float) -> bool:
        minute = int(now_s // 60)
        self.taken[minute] = self.taken.get(minute, 0) + 1
        return self.taken[minute] <= self.most


@dataclass
class Bucket:
    """Takes `per_second` on average, at most one second's worth at once."""

    per_second: float
    room: float = 0.0
    seen_s: float = 0.0

    def __call__(self, now_s: float) -> bool:
        grown = self.room + (now_s - self.seen_s) * self.per_second
        self.room, self.seen_s = min(self.per_second, grown), now_s
        self.room -= self.room >= 1
        return grown >= 1


@pytest.mark.parametrize(
    ("takes", "messages", "ideal_s"),
    [
        (Minutes(100), 1_000, 600),
        (Bucket(14), 5_000, 357),
        (Bucket(1), 1_000, 1_000),
        (Bucket(100), 20_000, 200),
    ],
    ids=["100 a minute", "14 a second", "1 a second", "100 a second"],
)
def test_two_thirds_of_what_a_relay_takes_is_used(
    takes: Callable[[float], bool], messages: int, ideal_s: float
) -> None:
    assert _seconds_for(takes, messages) < ideal_s * 1.5


def _seconds_for(takes: Callable[[float], bool], messages: int) -> float:
    pace: RelayPace | None = None
    counts: dict[int, int] = {}
    left, now_s, period_ms = messages, 0.0, 0
    while left > 0:
        now = NOON + seconds(now_s)
        wanted = min(400, left)
        if pace is not None:
            limit = pace.limit
            counts = counts if limit.period_ms == period_ms else {}
            period_ms = limit.period_ms
            free, wait_ms = remaining(limit, counts, milliseconds(now))
            if not free:
                now_s += wait_ms / 1_000
                continue
            wanted = min(wanted, free)
            bucket = milliseconds(now) // limit.bucket_ms
            counts[bucket] = counts.get(bucket, 0) + wanted
        accepted = sum(takes(now_s) for _ in range(wanted))
        if accepted < wanted:
            pace = slowed_relay(pace, accepted, now)
        elif pace is not None:
            pace = grown_relay(pace, now)
        left -= accepted
        now_s += 0.05
    return now_s

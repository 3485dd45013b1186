"""When a deferred message is tried again, and how long a relay in trouble is left alone."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery.retries import relay_pause, wait_before_retry

SCHEDULE = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 150))


def test_waits_follow_the_schedule_and_its_last_one_repeats() -> None:
    waits = [wait_before_retry(n, SCHEDULE, 0, 0.5) for n in range(1, 8)]
    assert waits == [*SCHEDULE, SCHEDULE[-1], SCHEDULE[-1]]


@given(
    attempts=st.integers(0, 100),
    draw=st.floats(0, 1, exclude_max=True),
    jitter=st.integers(0, 100),
)
def test_jitter_stays_within_its_percentage(attempts: int, draw: float, jitter: int) -> None:
    plain = wait_before_retry(attempts, SCHEDULE, 0, 0.5)
    wait = wait_before_retry(attempts, SCHEDULE, jitter, draw)
    assert abs(wait - plain) <= plain * jitter / 100 + timedelta(microseconds=1)


def test_a_relay_in_trouble_is_left_alone_twice_as_long_each_time_up_to_a_limit() -> None:
    first, limit = timedelta(seconds=30), timedelta(minutes=15)
    pauses = [relay_pause(times, first, limit).total_seconds() for times in (1, 2, 3, 6, 1000)]
    assert pauses == [30, 60, 120, 900, 900]

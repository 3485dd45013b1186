"""When to try a deferred message again [RFC 5321 4.5.4.1], and how long to pause a relay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


def wait_before_retry(
    attempts: int, schedule: Sequence[timedelta], jitter_percent: int, draw: float
) -> timedelta:
    """The wait after `attempts` tries. The last wait of `schedule` repeats.

    `draw`, from 0 up to 1, makes the wait up to `jitter_percent` shorter or longer, so that
    messages deferred together do not come back together.
    """
    wait = schedule[min(max(attempts, 1), len(schedule)) - 1]
    return wait * (1 + (2 * draw - 1) * jitter_percent / 100)


def relay_pause(times: int, first: timedelta, limit: timedelta) -> timedelta:
    """The pause after `times` troubles in a row: `first`, doubled each time, up to `limit`."""
    doublings = min(max(times, 1) - 1, 32)
    return min(first * (1 << doublings), limit)

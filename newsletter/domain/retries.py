"""When a deferred message is tried again [RFC 5321 4.5.4.1]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


def wait_before_retry(
    attempts: int, schedule: Sequence[timedelta], jitter_percent: int, draw: float
) -> timedelta:
    """The wait after `attempts` tries so far; the schedule's last wait repeats.

    `draw` in [0, 1) makes it up to `jitter_percent` shorter or longer, so that what was deferred
    together does not come back together.
    """
    wait = schedule[min(max(attempts, 1), len(schedule)) - 1]
    return wait * (1 + (2 * draw - 1) * jitter_percent / 100)


def relay_pause(times: int, first: timedelta, limit: timedelta) -> timedelta:
    """How long a relay that was in trouble `times` times in a row is left alone."""
    doublings = min(max(times, 1) - 1, 32)
    return min(first * (1 << doublings), limit)

"""Answers about an address take the same time, whatever is known of it."""

from __future__ import annotations

import time

LEAST_ANSWER_S = 0.1


def even_out(started: float) -> None:
    """Whether an address is known must not show in how long the answer takes.

    `started` is of time.monotonic().
    """
    time.sleep(max(0.0, started + LEAST_ANSWER_S - time.monotonic()))

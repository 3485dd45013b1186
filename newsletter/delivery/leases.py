"""Leases: what one worker process may hand over, and until when.

A lease is measured by two clocks of this process, starting before its renewal was requested: the
monotonic clock, which can't be set back, and the wall clock, which continues while a machine is
suspended. When it is over by either clock, nothing is handed over until it is renewed. A lease
therefore always ends here before another worker can take it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from newsletter.store import leases as leases_store
from newsletter.store.operations import beat
from newsletter.usecases.context import Context

Leased = tuple[str, int]
"""("batch" or "outbox", id)"""


class Leases:
    """Shared by the threads of one process. `owner` names the process in the database."""

    def __init__(
        self, owner: str, duration: timedelta, wall_clock_s: Callable[[], float] = time.time
    ) -> None:
        self.owner = owner
        self.duration = duration
        self._wall_clock_s = wall_clock_s
        self._lock = threading.Lock()
        self._valid_until_s: dict[Leased, tuple[float, float]] = {}

    def is_valid(self, leased: Leased) -> bool:
        with self._lock:
            steady_s, wall_s = self._valid_until_s.get(leased, (0.0, 0.0))
        return time.monotonic() < steady_s and self._wall_clock_s() < wall_s

    def record(self, leased: Iterable[Leased], asked_at_s: float) -> None:
        """`leased` were taken or renewed by a transaction that began at `asked_at_s`, monotonic."""
        left_s = asked_at_s - time.monotonic() + self.duration.total_seconds()
        until_s = (time.monotonic() + left_s, self._wall_clock_s() + left_s)
        with self._lock:
            self._valid_until_s.update(dict.fromkeys(leased, until_s))

    def held(self) -> list[Leased]:
        with self._lock:
            return list(self._valid_until_s)

    def has_lapsed(self) -> bool:
        """Whether a lease is no longer valid, because the clock was set or the machine slept."""
        return not all(self.is_valid(one) for one in self.held())

    def drop(self, leased: Iterable[Leased]) -> None:
        with self._lock:
            for one in leased:
                self._valid_until_s.pop(one, None)


def record_worker(context: Context) -> None:
    """That one is running, whether or not it holds leases."""
    with context.database.write() as session:
        beat(session, "worker", context.now())


def renew_leases(context: Context, leases: Leases) -> None:
    """Renews what is still ours and drops what was taken from us, in one transaction."""
    held = leases.held()
    if not held:
        return
    asked_at_s = time.monotonic()
    with context.database.write() as session:
        renewed = leases_store.renew(
            session, held, leases.owner, until=context.now() + leases.duration
        )
    leases.record(renewed, asked_at_s)
    leases.drop(set(held) - renewed)

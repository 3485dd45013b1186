"""Leases: what one worker process may hand over, and until when.

Validity is judged by this process's own monotonic clock, from before the renewal was asked for, so
that it always ends here before anybody else may take over, whatever was suspended meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from newsletter.store import leases as leases_store
from newsletter.usecases.context import Context

Leased = tuple[str, int]
"""("batch" or "outbox", id)"""


class Leases:
    """Shared by the threads of one process; `owner` names it in the rows."""

    def __init__(self, owner: str, duration: timedelta) -> None:
        self.owner = owner
        self.duration = duration
        self._lock = threading.Lock()
        self._valid_until_s: dict[Leased, float] = {}

    def is_valid(self, leased: Leased) -> bool:
        with self._lock:
            return time.monotonic() < self._valid_until_s.get(leased, 0.0)

    def note(self, leased: Iterable[Leased], asked_at_s: float) -> None:
        """These were taken or renewed by a transaction begun at `asked_at_s`, monotonic."""
        until_s = asked_at_s + self.duration.total_seconds()
        with self._lock:
            self._valid_until_s.update(dict.fromkeys(leased, until_s))

    def held(self) -> list[Leased]:
        with self._lock:
            return list(self._valid_until_s)

    def drop(self, leased: Iterable[Leased]) -> None:
        with self._lock:
            for one in leased:
                self._valid_until_s.pop(one, None)


def renew_leases(context: Context, leases: Leases) -> None:
    """Prolongs what is still ours and drops what was taken from us. One transaction."""
    held = leases.held()
    if not held:
        return
    asked_at_s = time.monotonic()
    with context.database.write() as session:
        renewed = leases_store.renew(
            session, held, leases.owner, until=context.now() + leases.duration
        )
    leases.note(renewed, asked_at_s)
    leases.drop(set(held) - renewed)

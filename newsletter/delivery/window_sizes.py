"""How many copies to claim at a time: half a second of work, at the speed of the relay."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.mail.smtp.relay import Relay

MOST = 400
"""The most copies that are claimed at a time."""
WINDOW_S = 0.5
"""How long a window should take, at the speed of the last one."""


class WindowSizes:
    """Shared by the threads of a worker process, so that a new batch begins at the known speed.

    Nothing is known of a new relay: its first windows have one copy for each of its connections,
    shared among the windows under way. No window is smaller than that, or connections would idle.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fits: dict[str, int] = {}
        self._under_way: Counter[str] = Counter()

    def size(self, relay: Relay) -> int:
        with self._lock:
            windows = self._under_way[relay.name] + 1
            share = -(-relay.connections // windows)
            return min(MOST, max(share, self._fits.get(relay.name, 0)))

    @contextmanager
    def under_way(self, relay: Relay) -> Iterator[None]:
        with self._lock:
            self._under_way[relay.name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[relay.name] -= 1

    def record(self, relay: Relay, messages: int, took_s: float) -> None:
        with self._lock:
            self._fits[relay.name] = int(messages * WINDOW_S / max(took_s, 0.001))

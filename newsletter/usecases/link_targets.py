"""Where the links of editions lead, remembered by the process: most redirects ask no database."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST_EDITIONS = 200

Targets = tuple[int, tuple[str, ...]]
"""The edition's id, and its links in the order of their numbers."""


class LinkTargets:
    """Shared by the threads of one process. Editions never change, so nothing grows old."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Targets] = OrderedDict()
        self._lock = threading.Lock()

    def of_issue(self, issue_id: int, read: Callable[[], Targets | None]) -> Targets | None:
        """`read` asks the database. Nothing is remembered of an issue that has no edition."""
        with self._lock:
            found = self._known.get(issue_id)
            if found:
                self._known.move_to_end(issue_id)
                return found
        found = read()
        if found:
            self._remember(issue_id, found)
        return found

    def _remember(self, issue_id: int, found: Targets) -> None:
        with self._lock:
            self._known[issue_id] = found
            while len(self._known) > MOST_EDITIONS:
                self._known.popitem(last=False)

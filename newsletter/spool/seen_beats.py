"""The highest number of a beat that this machine has seen in the database, in a file beside it.

The number only grows. A database that holds a lower one is older than what this machine has seen: a
backup was restored.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FILE = "beats.seen"


class SeenBeats:
    """Any number of processes may write the file: a number that is too low does no harm."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._highest = self._read()

    @property
    def highest(self) -> int:
        """0 if none was seen."""
        return self._highest

    def see(self, count: int) -> None:
        """Not synced: the commit of a beat is on the disk before its number is seen here."""
        self._highest = count
        temporary = self._path.with_name(f".{FILE}.{os.getpid()}")
        with suppress(OSError):  # a full disk: then this process alone remembers
            temporary.write_text(str(count), encoding="ascii")
            temporary.replace(self._path)

    def _read(self) -> int:
        try:
            return int(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

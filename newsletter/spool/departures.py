"""The file of departures: a line for each person who left, on the disk before we tell them so.

Lines are only added. There is no address in it, only keyed hashes. Any number of processes of this
machine may write to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from newsletter.domain.readers.departures import Departure
from newsletter.durable_files import sync_directory


def append_departures(path: Path, departures: Iterable[Departure]) -> None:
    """Raises OSError."""
    # A line that was cut off before ends here, so that it spoils no other.
    data = "".join(f"\n{departure.to_line()}\n" for departure in departures).encode()
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        sync_directory(path.parent)


def read_departures(path: Path) -> list[Departure]:
    """In the order they were written; empty without a file."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [departure for line in lines if (departure := Departure.from_line(line))]

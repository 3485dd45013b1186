"""The most memory that any process below a given one has held."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from benchmarks.bench import Process

INTERVAL_S = 0.25


class MemoryWatch(threading.Thread):
    """Looks at VmHWM, the system's own high-water mark; `peak_mb` is None where there is none."""

    def __init__(self, process: Process) -> None:
        super().__init__(name="memory-watch", daemon=True)
        self._process = process
        self._stopped = threading.Event()
        self._peak_kb = 0

    def run(self) -> None:
        known: set[int] = set()
        rounds = 0
        while not self._stopped.wait(INTERVAL_S):
            if rounds % 8 == 0:
                known = self._process.descendants
            rounds += 1
            self._peak_kb = max([self._peak_kb, *map(_high_water_kb, known)])

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    @property
    def peak_mb(self) -> float | None:
        return round(self._peak_kb / 1024, 1) if self._peak_kb else None


def _high_water_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0

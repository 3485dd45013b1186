"""The far-away relay as processes, and what a bare client gets through to it at best."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bare_client
from benchmarks.bench import answers, wait_for
from benchmarks.delaying_sink import read_counter, reserve_port

CEILING_MESSAGES = 20_000


@dataclass(frozen=True, slots=True)
class DelayingSink:
    port: int
    counters: tuple[Path, ...]

    @property
    def received(self) -> int:
        return sum(read_counter(path)[0] for path in self.counters)

    @property
    def received_bytes(self) -> int:
        return sum(read_counter(path)[1] for path in self.counters)


@contextmanager
def delaying_sink(home: Path, round_trip_ms: int, processes: int) -> Iterator[DelayingSink]:
    """`processes` of them share the port: one alone may not keep up."""
    with reserve_port() as reserved:
        port = reserved.getsockname()[1]
        counters = tuple(home / f"sink-{port}-{number}.count" for number in range(processes))
        program = [sys.executable, "-m", "benchmarks.delaying_sink"]
        running = [
            subprocess.Popen([*program, str(port), str(round_trip_ms), str(counter)])
            for counter in counters
        ]
        try:
            wait_for(lambda: all(map(Path.exists, counters)), "the sinks have started")
            wait_for(lambda: answers(port), "the sink answers")
            yield DelayingSink(port, counters)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


def measure_ceiling(connections: int, size: int, processes: int) -> float:
    """Messages a second that the sink takes from a bare pipelined client, without any delay."""
    with (
        tempfile.TemporaryDirectory() as home,
        delaying_sink(Path(home), 0, processes) as sink,
        ProcessPoolExecutor(processes) as pool,
    ):
        task = (sink.port, connections // processes, size, CEILING_MESSAGES // processes)
        started_s = time.monotonic()
        list(pool.map(_send_bare, [task] * processes))
        return sink.received / (time.monotonic() - started_s)


def _send_bare(task: tuple[int, int, int, int]) -> None:
    asyncio.run(bare_client.send(*task))

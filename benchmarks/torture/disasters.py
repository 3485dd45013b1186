"""What goes wrong while an issue goes out: at random, and each kind at least once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import redis

from benchmarks.bench import Bench, wait_for
from benchmarks.results import tell
from benchmarks.torture.chaos_relay import RelayProcess
from tests.support.services.up import RunningUp

WORKER = "-m worker"
OUTAGE_S = 2.0
PATIENCE_S = 120.0
LOOK_S = 0.02
LAST_KILL_SHARE = 0.95


@dataclass
class Disasters:
    """`kill_every_s` is the mean time at work between two kills; the rest comes by count."""

    bench: Bench
    up: RunningUp
    relay: RelayProcess
    recipients: int
    chance: random.Random
    kill_every_s: float
    kills: int = 0
    kill_windows: int = 0
    flushes: int = 0
    database_restarts: int = 0
    events: list[tuple[float, str]] = field(default_factory=list)
    """When what happened."""

    def __post_init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disasters", daemon=True)
        self._error: BaseException | None = None
        self._plan = sorted(self._planned(), key=lambda planned: planned[0])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Raises what went wrong with doing wrong."""
        self._stopped.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    @property
    def is_done(self) -> bool:
        """Everything that was planned has happened."""
        return not self._plan

    def _planned(self) -> list[tuple[float, Callable[[], None]]]:
        """Each at a share of the readers."""
        planned: list[tuple[float, Callable[[], None]]] = [
            (0.08, self._kill),
            (0.20, self._lose_redis),
            (0.45, self._relay_goes_away),
            (0.70, self._lose_redis),
            (0.85, self._kill),
        ]
        if self.bench.postgres:
            planned += [
                (0.30, lambda: self._restart_database(signal.SIGINT)),
                (0.60, lambda: self._restart_database(signal.SIGQUIT)),
            ]
        return planned

    def _run(self) -> None:
        try:
            work_left_s = self._draw_work_s()
            looked_s = time.monotonic()
            while not self._stopped.wait(LOOK_S):
                status = self.relay.ask("status")
                now_s = time.monotonic()
                # Only time at work counts: a worker has to come up before it can die of this.
                work_left_s -= (now_s - looked_s) if status["open"] else 0
                looked_s = now_s
                share = status["taken"] / self.recipients
                if self._plan and share >= self._plan[0][0]:
                    self._plan.pop(0)[1]()
                elif work_left_s < 0 and share < LAST_KILL_SHARE:
                    self._kill()
                    work_left_s = self._draw_work_s()
        except BaseException as error:  # noqa: BLE001  told by stop()
            self._error = error

    def _draw_work_s(self) -> float:
        return self.kill_every_s * self.chance.uniform(0.5, 1.5)

    def _kill(self) -> None:
        """Kill -9, while something is on the wire: all worker processes, or one of them."""
        wait_for(self._is_worker_at_work, "a worker is at work", PATIENCE_S)
        workers = self.up.children(WORKER)
        is_whole = self.chance.random() < 0.5
        doomed = workers if is_whole else [self.chance.choice(workers)]
        self.relay.ask("watch")
        self._note("kill")
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        open_windows = self.relay.ask("status")["peak_open"]
        self.kills += 1
        self.kill_windows += open_windows
        tell(f"  killed {'all' if is_whole else 'one'}, {open_windows} connections open")

    def _is_worker_at_work(self) -> bool:
        return self.relay.ask("status")["open"] > 0 and bool(self.up.children(WORKER))

    def _lose_redis(self) -> None:
        """Everything in it, and the server for a moment."""
        valkey = self.bench.valkey
        self._note("flush")
        redis.Redis.from_url(valkey.url).flushall()
        if valkey.process is not None:
            valkey.process.kill()
            valkey.process.wait()
        time.sleep(0.5)
        valkey.start()
        self.flushes += 1
        tell("  Redis flushed and restarted")

    def _relay_goes_away(self) -> None:
        self._note("outage")
        self.relay.ask(f"away {OUTAGE_S}")
        tell("  the relay goes away")

    def _restart_database(self, number: signal.Signals) -> None:
        if self.bench.postgres is not None:
            self._note("database restart")
            self.bench.postgres.restart(number)
            self.database_restarts += 1
            tell(f"  PostgreSQL restarted by {number.name}")

    def _note(self, what: str) -> None:
        self.events.append((time.time(), what))

"""The ticker: a loop that asks the database each second what is due. Any number may run."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import dramatiq
from sqlalchemy.exc import SQLAlchemyError

from newsletter import telemetry
from newsletter.delivery.handle_clock_jump import handle_clock_jump
from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.context import Context
from newsletter.usecases.readers.forget_client_addresses import forget_client_addresses

TICK_S = 1.0
CLOCK_JUMPED_S = 5.0
STARTS_AGAIN_AFTER_S = 5.0
HOUSEKEEPING_S = 3600.0


def run_ticker(context: Context, wakeups: Wakeups, stop: threading.Event) -> None:
    """Until `stop` is set. A database that is away for a while is waited for."""
    ticker = _Ticker(context, wakeups)
    while not stop.is_set():
        try:
            ticker.beat()
        except SQLAlchemyError as error:
            ticker.lost_database()
            with telemetry.wide_event("tick failed") as event:
                event.add(reason=str(error)[:300])
        stop.wait(TICK_S)


class TickerThread(dramatiq.Middleware):
    """A ticker within a worker process: the same loop, without the memory of another process."""

    def __init__(self, context: Context, wakeups: Wakeups) -> None:
        self._context = context
        self._wakeups = wakeups
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        del broker, worker
        self._thread.start()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        del broker, worker
        self._stop.set()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        del broker, worker
        self._thread.join()

    def _run(self) -> None:
        """A ticker that dies starts again, as it would in a process of its own."""
        while not self._stop.is_set():
            try:
                with telemetry.wide_event("ticker"):
                    run_ticker(self._context, self._wakeups, self._stop)
            except Exception:  # noqa: BLE001  recorded; the worker has to go on
                self._stop.wait(STARTS_AGAIN_AFTER_S)


class _Ticker:
    def __init__(self, context: Context, wakeups: Wakeups) -> None:
        self._context = context
        self._wakeups = wakeups
        self._next_sweep_s = 0.0
        self._next_housekeeping_s = 0.0
        self._wall_ahead_s: float | None = None

    def beat(self) -> None:
        self._look_at_the_clock()
        due = tick(self._context)
        self._wakeups.issues(due.issues)
        self._wakeups.outbox(due.outbox)
        self._wakeups.batches(due.batches)
        finished = finish_issues(self._context)
        opened = self._sweep_when_due()
        if due or finished or opened:
            with telemetry.wide_event("tick") as event:
                event.add(
                    issues=len(due.issues),
                    batches=len(due.batches),
                    outbox=len(due.outbox),
                    finished=len(finished),
                    left_open_by_the_dead=opened,
                )
        self._keep_house_when_due()

    def _look_at_the_clock(self) -> None:
        """Leases by a clock that was set, or a machine that slept, say nothing of who lives."""
        wall_ahead_s = self._context.now().timestamp() - time.monotonic()
        ahead_s = wall_ahead_s - (self._wall_ahead_s or wall_ahead_s)
        if abs(ahead_s) >= CLOCK_JUMPED_S:
            self._tell_of_jump(timedelta(seconds=ahead_s))
        self._wall_ahead_s = wall_ahead_s

    def _tell_of_jump(self, ahead: timedelta) -> None:
        with telemetry.wide_event("clock jumped") as event:
            event.add(seconds=round(ahead.total_seconds()))
            event.add(paused_issues=handle_clock_jump(self._context, ahead))
        self.let_leases_be_renewed()

    def lost_database(self) -> None:
        """Nobody could renew a lease meanwhile."""
        self.let_leases_be_renewed()

    def let_leases_be_renewed(self) -> None:
        """Whoever lives is given the time to do so, before anybody is taken for dead."""
        patience_s = self._context.settings.lease_duration.total_seconds() / 2
        self._next_sweep_s = time.monotonic() + patience_s

    def _sweep_when_due(self) -> int:
        if time.monotonic() < self._next_sweep_s:
            return 0
        self._next_sweep_s = (
            time.monotonic() + self._context.settings.sweep_interval.total_seconds()
        )
        return sweep(self._context)

    def _keep_house_when_due(self) -> None:
        if time.monotonic() >= self._next_housekeeping_s:
            self._next_housekeeping_s = time.monotonic() + HOUSEKEEPING_S
            forget_client_addresses(self._context)

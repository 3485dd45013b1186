"""The ticker: a loop that asks the database each second what is due. Any number may run."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import dramatiq
from sqlalchemy.exc import SQLAlchemyError

from newsletter import telemetry
from newsletter.delivery.handle_clock_jump import handle_clock_jump
from newsletter.delivery.notice_restore import RestoreWatch
from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.runtime.click_keeper import ClickKeeper
from newsletter.runtime.daily_doctor import DailyDoctor
from newsletter.runtime.standstill_log import StandstillLog
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.forget_old_messages import forget_old_messages
from newsletter.usecases.feedback.store_arrivals import has_waiting
from newsletter.usecases.feedback.suppress_for import apply_soft_rule
from newsletter.usecases.feedback.tell_unread import tell_unread
from newsletter.usecases.issues.deleted_drafts import forget_versions
from newsletter.usecases.pictures.deleted_files import forget_pictures
from newsletter.usecases.readers.delete_unconfirmed import delete_unconfirmed
from newsletter.usecases.readers.forget_client_addresses import forget_client_addresses
from newsletter.usecases.readers.forget_inboxes import forget_inboxes
from newsletter.usecases.staff.forget_audit import forget_audit
from newsletter.usecases.staff.sessions import delete_ended_sessions

TICK_S = 1.0
LEAST_JUMP_S = 5.0
RESTART_AFTER_S = 5.0
CLEANUP_EVERY_S = 3600.0


def run_ticker(context: Context, wakeups: Wakeups, stop: threading.Event) -> None:
    """Runs until `stop` is set. Waits for a database that is down."""
    ticker, log = _Ticker(context, wakeups), StandstillLog(context)
    while not stop.is_set():
        try:
            ticker.beat()
        except SQLAlchemyError as error:
            ticker.handle_database_down()
            with telemetry.wide_event("tick failed") as event:
                event.add(reason=str(error)[:300])
        log.check()
        stop.wait(TICK_S)


class TickerThread(dramatiq.Middleware):
    """A ticker in a thread of a worker process, which saves the memory of another process."""

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
        """Restarts a ticker that dies, as the supervisor restarts a process."""
        while not self._stop.is_set():
            try:
                with telemetry.wide_event("ticker"):
                    run_ticker(self._context, self._wakeups, self._stop)
            except Exception:  # noqa: BLE001  recorded; the worker must go on
                self._stop.wait(RESTART_AFTER_S)


class _Ticker:
    def __init__(self, context: Context, wakeups: Wakeups) -> None:
        self._context = context
        self._wakeups = wakeups
        self._next_sweep_s = 0.0
        self._next_cleanup_s = 0.0
        self._wall_ahead_s: float | None = None
        self._restore_watch = RestoreWatch(context)
        self._clicks = ClickKeeper(context)
        self._doctor = DailyDoctor(context)

    def beat(self) -> None:
        self._check_clock()
        self._restore_watch.check()
        due = tick(self._context)
        self._wakeups.issues(due.issues)
        self._wakeups.outbox(due.outbox)
        self._wakeups.batches(due.batches)
        finished = finish_issues(self._context)
        if finished:
            self._clicks.count_figures()
        apply_soft_rule(self._context)
        self._judge_what_came_in()
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
        self._clean_up_when_due()
        self._clicks.beat()

    def _judge_what_came_in(self) -> None:
        """What the process of the door has not judged itself, such as a webhook's events."""
        if not has_waiting(self._context):
            return
        from newsletter.usecases.feedback.judge import judge_new  # noqa: PLC0415  reads mail

        self._wakeups.outbox(judge_new(self._context).outbox_ids)

    def _check_clock(self) -> None:
        """Notices when the clock was set or the machine slept: leases then seem to be expired."""
        wall_ahead_s = self._context.now().timestamp() - time.monotonic()
        ahead_s = wall_ahead_s - (self._wall_ahead_s or wall_ahead_s)
        if abs(ahead_s) >= LEAST_JUMP_S:
            self._handle_clock_jump(timedelta(seconds=ahead_s))
        self._wall_ahead_s = wall_ahead_s

    def _handle_clock_jump(self, ahead: timedelta) -> None:
        with telemetry.wide_event("clock jumped") as event:
            event.add(seconds=round(ahead.total_seconds()))
            event.add(paused_issues=handle_clock_jump(self._context, ahead))
        self.postpone_sweep()

    def handle_database_down(self) -> None:
        """No worker could renew a lease meanwhile."""
        self.postpone_sweep()

    def postpone_sweep(self) -> None:
        """Gives workers time to renew their leases before the sweeper treats them as dead."""
        patience_s = self._context.settings.lease_duration.total_seconds() / 2
        self._next_sweep_s = time.monotonic() + patience_s

    def _sweep_when_due(self) -> int:
        if time.monotonic() < self._next_sweep_s:
            return 0
        self._next_sweep_s = (
            time.monotonic() + self._context.settings.sweep_interval.total_seconds()
        )
        return sweep(self._context)

    def _clean_up_when_due(self) -> None:
        if time.monotonic() >= self._next_cleanup_s:
            self._next_cleanup_s = time.monotonic() + CLEANUP_EVERY_S
            forget_client_addresses(self._context)
            delete_unconfirmed(self._context)
            forget_inboxes(self._context)
            delete_ended_sessions(self._context)
            forget_audit(self._context)
            forget_versions(self._context)
            forget_pictures(self._context)
            self._clicks.clean_up()
            forget_old_messages(self._context)
            tell_unread(self._context)
            self._doctor.look_when_due()

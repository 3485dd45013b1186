"""Sends an issue with the real processes, and reads the results from database and system."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from tqdm import tqdm

from benchmarks.bench import Bench, Process
from benchmarks.worker_memory import MemoryWatch
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Batch, Delivery, Issue
from newsletter.usecases.context import Context
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue

POLL_S = 0.005
PROGRESS_S = 0.2
BOOT_PATIENCE_S = 60.0
STANDSTILL_S = 120.0
ENDS = ("sent", "paused", "cancelled")


class DidNotFinish(Exception):
    """The issue makes no progress or was paused. Has the reason and the end of the worker's log."""


@dataclass(frozen=True, slots=True)
class Sending:
    """`seconds` go from the first claim to the last row of the ledger."""

    seconds: float
    accepted: int
    peak_rss_mb: float | None


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers. They are stopped after `stop_after` messages, unless it is 0."""

    processes: int
    threads: int
    stop_after: int = 0


def freeze(context: Context, issue_id: int) -> int:
    """Freezes and materialises an issue, without delivering it. Returns the number of readers."""
    send_now(context, issue_id, Principal.command_line("benchmark"))
    return start_issue(context, issue_id)


def send_frozen(
    bench: Bench, context: Context, issue_id: int, crew: Crew, received: Callable[[], int]
) -> Sending:
    """Until the issue is sent, or enough is. Raises DidNotFinish."""
    worker = bench.start_workers(crew.processes, crew.threads)
    ticker = bench.start_ticker()
    memory = MemoryWatch(worker)
    memory.start()
    try:
        started_at = _first_claim(context, worker)
        _Watch(context, issue_id, worker, received, crew.stop_after).wait()
        ended_at = datetime.now(UTC) if crew.stop_after else _last_row(context)
    finally:
        memory.stop()
        ticker.stop()
        worker.stop()
    seconds = (ended_at - started_at).total_seconds()
    return Sending(seconds, _accepted(context), memory.peak_mb)


def _first_claim(context: Context, worker: Process) -> datetime:
    """The moment of the last look that saw no batch leased yet."""
    deadline = time.monotonic() + BOOT_PATIENCE_S
    claimed = select(Batch.id).where(Batch.lease_owner.is_not(None) | Batch.closed_at.is_not(None))
    while True:
        looked_at = datetime.now(UTC)
        with context.database.read() as session:
            if session.scalar(claimed.limit(1)) is not None:
                return looked_at
        if time.monotonic() > deadline or not worker.is_running:
            raise DidNotFinish(f"No batch was ever leased.\n{worker.last_words()}")
        time.sleep(POLL_S)


@dataclass
class _Watch:
    context: Context
    issue_id: int
    worker: Process
    received: Callable[[], int]
    stop_after: int

    def wait(self) -> None:
        count, moved_s = 0, time.monotonic()
        with tqdm(unit=" messages", leave=False, mininterval=1, disable=None) as bar:
            while not _is_over(self.context, self.issue_id):
                time.sleep(PROGRESS_S)
                now = self.received()
                if now > count:
                    bar.update(now - count)
                    count, moved_s = now, time.monotonic()
                if self.stop_after and now >= self.stop_after:
                    return
                if time.monotonic() - moved_s > STANDSTILL_S or not self.worker.is_running:
                    raise DidNotFinish(f"It stands still at {now}.\n{self.worker.last_words()}")


def _is_over(context: Context, issue_id: int) -> bool:
    with context.database.read() as session:
        state, reason = session.execute(
            select(Issue.state, Issue.state_reason).where(Issue.id == issue_id)
        ).one()
    if state in ("paused", "cancelled"):
        raise DidNotFinish(f"The issue was {state}: {reason}")
    return bool(state == "sent")


def _last_row(context: Context) -> datetime:
    """When the last line of the ledger was written, or the last batch closed."""
    with context.database.read() as session:
        written: datetime | None = session.scalar(select(func.max(Delivery.state_at)))
        closed: datetime | None = session.scalar(select(func.max(Batch.closed_at)))
    return max(moment for moment in (written, closed) if moment is not None)


def _accepted(context: Context) -> int:
    with context.database.read() as session:
        accepted = select(func.count()).where(Delivery.state == "accepted")
        return session.scalar(accepted) or 0

"""The actors. Each takes an id, calls one use case, and enqueues the work that follows."""

from __future__ import annotations

import os
import socket
import sys
import threading

import dramatiq
from dramatiq import Broker

from newsletter import telemetry
from newsletter.delivery.deliver_batch import Tools, deliver_batch
from newsletter.delivery.deliver_outbox import deliver_outbox
from newsletter.delivery.leases import Leases
from newsletter.delivery.notice_restore import RestoreWatch
from newsletter.delivery.recover import recover_dead_workers, try_relay_again
from newsletter.delivery.transmission import Transmitter
from newsletter.delivery.wake import batches_to_wake
from newsletter.spool.journal import Journal
from newsletter.tasks.lease_keeper import LeaseKeeper
from newsletter.tasks.wakeups import QUEUES, Wakeups
from newsletter.usecases.context import Context
from newsletter.usecases.sending.start_issue import start_issue

SWITCH_INTERVAL_S = 0.0005
"""Python's default is 5 ms. The courier gives up its turn at each write to a socket."""


def declare(broker: Broker, context: Context) -> Wakeups:
    """Registers the actors with `broker`. Returns what enqueues work for them."""
    worker = _Worker(context, worker_name(context))

    urgent_first = (worker.deliver_outbox, worker.start_issue, worker.deliver_batch)
    for priority, function in enumerate(urgent_first):
        name = function.__name__
        decorate = dramatiq.actor(
            broker=broker, actor_name=name, queue_name=QUEUES[name], priority=priority
        )
        decorate(function)
    worker.wakeups = Wakeups(broker)
    broker.add_middleware(_WorkerLifecycle(worker))
    return worker.wakeups


def worker_name(context: Context) -> str:
    """The name under which all processes of this worker hold leases and are recovered together.

    The supervisor sets it; otherwise it is made from host and process id.
    """
    return context.settings.worker_name or f"{socket.gethostname()}-{os.getpid()}"


class _Worker:
    """What the actors of one worker process share. Made at first use, after the fork."""

    wakeups: Wakeups

    def __init__(self, context: Context, name: str) -> None:
        self.context = context
        self.name = name
        self.stop = threading.Event()
        self._made = threading.Lock()
        self._leases: Leases | None = None
        self._transmitter: Transmitter | None = None
        self._journal: Journal | None = None

    @property
    def leases(self) -> Leases:
        with self._made:
            if self._leases is None:
                owner = f"{self.name}/{os.getpid()}"
                self._leases = Leases(owner, self.context.settings.lease_duration)
            return self._leases

    @property
    def journal(self) -> Journal:
        with self._made:
            if self._journal is None:
                owner = f"{self.name}/{os.getpid()}"
                self._journal = Journal(self.context.settings.journal_path, owner)
            return self._journal

    @property
    def transmitter(self) -> Transmitter:
        with self._made:
            if self._transmitter is None:
                self._transmitter = Transmitter(self.context)
            return self._transmitter

    def start_issue(self, issue_id: int) -> None:
        with telemetry.wide_event("task", actor="start_issue", issue=issue_id) as event:
            event.add(readers=start_issue(self.context, issue_id))
            self.wakeups.batches(batches_to_wake(self.context))

    def deliver_batch(self, batch_id: int) -> None:
        with telemetry.wide_event("batch", batch=batch_id) as event:
            tally = deliver_batch(self._tools(), batch_id)
            event.add(**tally)
            if not self.stop.is_set():
                self.wakeups.batches(batches_to_wake(self.context))

    def deliver_outbox(self, outbox_id: int) -> None:
        with telemetry.wide_event("task", actor="deliver_outbox", outbox=outbox_id) as event:
            outcome = deliver_outbox(self.context, self.transmitter, self.leases, outbox_id)
            event.add(outcome=outcome)

    def _tools(self) -> Tools:
        return Tools(self.context, self.transmitter, self.leases, self.journal, self.stop)

    def close(self) -> None:
        if self._transmitter is not None:
            self._transmitter.close()
        if self._journal is not None:
            self._journal.close()
        self.context.database.dispose()


class _WorkerLifecycle(dramatiq.Middleware):
    """Starts and stops what a worker process runs beside its actors."""

    def __init__(self, worker: _Worker) -> None:
        self._worker = worker
        self._keeper: LeaseKeeper | None = None

    def before_worker_boot(self, broker: Broker, worker: dramatiq.Worker) -> None:
        """Before a thread takes any work: the queue may hold wake-ups from before a restore."""
        del broker, worker
        RestoreWatch(self._worker.context).check()

    def after_worker_boot(self, broker: Broker, worker: dramatiq.Worker) -> None:
        del broker, worker
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._keeper = LeaseKeeper(self._worker.context, self._worker.leases)
        self._keeper.start()
        recover_dead_workers(self._worker.context)
        try_relay_again(self._worker.context)

    def before_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        del broker, worker
        self._worker.stop.set()

    def after_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        del broker, worker
        if self._keeper is not None:
            self._keeper.stop()
        self._worker.close()

"""A thread that renews the leases of its process while relays take their time."""

from __future__ import annotations

import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from newsletter import telemetry
from newsletter.delivery.leases import Leases, record_worker, renew_leases
from newsletter.usecases.context import Context

RENEWALS_PER_LEASE = 4
CHECK_EVERY_S = 1.0
"""How soon a changed clock or a suspended machine is noticed."""


class LeaseKeeper(threading.Thread):
    """If it can't renew, the leases run out and nothing more is handed over.

    It also records that a worker is running.
    """

    def __init__(self, context: Context, leases: Leases) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._context = context
        self._leases = leases
        self._stopped = threading.Event()

    def run(self) -> None:
        interval_s = (self._context.settings.lease_duration / RENEWALS_PER_LEASE).total_seconds()
        next_s = time.monotonic() + interval_s
        while not self._stopped.wait(min(interval_s, CHECK_EVERY_S)):
            if time.monotonic() >= next_s or self._leases.has_lapsed():
                self._renew()
                next_s = time.monotonic() + interval_s

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _renew(self) -> None:
        try:
            renew_leases(self._context, self._leases)
            record_worker(self._context)
        except SQLAlchemyError as error:
            with telemetry.wide_event("lease not renewed", owner=self._leases.owner) as event:
                event.add(reason=str(error)[:300])

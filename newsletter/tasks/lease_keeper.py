"""A thread that renews what its process has leased, however long a relay takes to answer."""

from __future__ import annotations

import threading

from sqlalchemy.exc import SQLAlchemyError

from newsletter import telemetry
from newsletter.usecases.context import Context
from newsletter.usecases.leases import Leases, renew_leases

RENEWALS_PER_LEASE = 4


class LeaseKeeper(threading.Thread):
    """Where it can't renew, the leases run out by themselves and nothing more is handed over."""

    def __init__(self, context: Context, leases: Leases) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._context = context
        self._leases = leases
        self._stopped = threading.Event()

    def run(self) -> None:
        interval = self._context.settings.lease_duration / RENEWALS_PER_LEASE
        while not self._stopped.wait(interval.total_seconds()):
            try:
                renew_leases(self._context, self._leases)
            except SQLAlchemyError as error:
                with telemetry.wide_event("lease not renewed", owner=self._leases.owner) as event:
                    event.add(reason=str(error)[:300])

    def stop(self) -> None:
        self._stopped.set()
        self.join()

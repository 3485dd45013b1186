"""Which batches need a worker. They are marked in the database before they are enqueued."""

from __future__ import annotations

from datetime import timedelta

from newsletter.mail.smtp.relay import relay_names
from newsletter.store.sending import batches, relay_pauses
from newsletter.usecases.context import Context

IN_FLIGHT = 16
"""Batches in the queue at a time. A worker that finishes one enqueues the next."""

STALE_AFTER = timedelta(seconds=10)
"""A batch that no worker has taken after this is enqueued again: its wake-up was lost."""


def batches_to_wake(context: Context) -> list[int]:
    now = context.now()
    with context.database.write() as session:
        if relay_pauses.pause_of_all(session, now, relay_names(context.settings)):
            return []
        return batches.mark_enqueued(session, now, stale_after=STALE_AFTER, in_flight=IN_FLIGHT)

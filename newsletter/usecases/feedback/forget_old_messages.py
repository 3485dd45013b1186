"""Messages that came back are kept for a while only; what they said of a copy stays."""

from __future__ import annotations

from datetime import timedelta

from newsletter.store.feedback.arrivals import delete_arrivals, forget_bodies
from newsletter.usecases.context import Context

BODY_RETENTION = timedelta(days=7)
RETENTION = timedelta(days=30)


def forget_old_messages(context: Context) -> int:
    """How many were deleted. For the ticker, now and then."""
    now = context.now()
    with context.database.write() as session:
        forget_bodies(session, now - BODY_RETENTION)
        return delete_arrivals(session, now - RETENTION)

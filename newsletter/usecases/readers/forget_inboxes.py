"""The count of what an inbox was sent is of no use the day after."""

from __future__ import annotations

from newsletter.store.readers import inbox_allowances
from newsletter.usecases.context import Context


def forget_inboxes(context: Context) -> int:
    """How many were forgotten. For the ticker, now and then."""
    with context.database.write() as session:
        return inbox_allowances.forget_inboxes(session, context.now().date())

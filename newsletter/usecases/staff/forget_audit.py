"""The audit log is kept for a while, and whence people came for less."""

from __future__ import annotations

from newsletter.store.events import forget_old_acts, forget_origins
from newsletter.usecases.context import Context


def forget_audit(context: Context) -> int:
    """How many events were deleted. For the ticker, now and then.

    What was done to an issue, a newsletter, a picture or a subscriber is their history, and stays.
    """
    now, settings = context.now(), context.settings
    with context.database.write() as session:
        forget_origins(session, now - settings.audit_address_retention)
        return forget_old_acts(
            session, now - settings.audit_retention, now - settings.audit_address_retention
        )

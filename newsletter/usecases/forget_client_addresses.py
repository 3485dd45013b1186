"""The client address of a signup is kept no longer than its retention."""

from __future__ import annotations

from newsletter.store import subscriptions
from newsletter.usecases.context import Context


def forget_client_addresses(context: Context) -> int:
    """Returns how many were cleared; the rest of the evidence stays."""
    older_than = context.now() - context.settings.client_address_retention
    with context.database.write() as session:
        return subscriptions.forget_client_addresses(session, older_than)

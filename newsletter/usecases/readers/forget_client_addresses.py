"""The evidence of consent keeps client addresses for a while only."""

from __future__ import annotations

from newsletter.store.readers import subscriptions
from newsletter.usecases.context import Context


def forget_client_addresses(context: Context) -> int:
    """How many were forgotten; the rest of the evidence stays. For the ticker, now and then."""
    before = context.now() - context.settings.client_address_retention
    with context.database.write() as session:
        return subscriptions.forget_client_addresses(session, before)

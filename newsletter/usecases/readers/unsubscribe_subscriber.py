"""An editor ends a subscription, since the reader has asked for it some other way."""

from __future__ import annotations

from newsletter.domain.staff.principals import Principal
from newsletter.store.readers.withdrawals import withdraw
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import load_subscriber, required_text


def unsubscribe_subscriber(
    context: Context, slug: str, subscriber_id: int, reason: str, principal: Principal
) -> bool:
    """False when the reader had left already. Raises InvalidInput without a reason."""
    require_for_newsletter(context, principal, "unsubscribe_subscriber", slug)
    how = required_text(reason, "reason", "Give a reason, such as “asked by email”.")
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        _ = reader.address
        return withdraw(session, reader.subscription, who=principal, how=how, at=context.now())

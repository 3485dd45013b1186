"""An editor ends a subscription, since the reader has asked for it some other way."""

from __future__ import annotations

from newsletter.domain.consent import ConsentKind, SubscriptionState
from newsletter.domain.principals import Principal
from newsletter.store.readers.subscriptions import change_state, record_consent
from newsletter.store.sending.ledger import withdraw_copies
from newsletter.usecases.context import Context
from newsletter.usecases.readers.find_subscriber import find_reader, note, required_text
from newsletter.usecases.readers.unsubscribe import GONE


def unsubscribe_subscriber(
    context: Context, slug: str, subscriber_id: int, reason: str, principal: Principal
) -> bool:
    """False when the reader had left already. Raises InvalidInput without a reason."""
    how = required_text(reason, "reason", "Say why, for the record: “asked by mail”, perhaps.")
    with context.database.write() as session:
        reader = find_reader(session, slug, subscriber_id, lock=True)
        _ = reader.address
        if reader.subscription.state in GONE:
            return False
        now = context.now()
        change_state(
            session,
            reader.subscription,
            SubscriptionState.UNSUBSCRIBED,
            how=f"by an editor: {how}",
            now=now,
        )
        record_consent(
            session,
            reader.subscription.id,
            ConsentKind.WITHDRAWN,
            at=now,
            how=how,
            actor=principal.name,
        )
        withdraw_copies(session, subscriber_id, reader.subscription.id, now)
        note(context, session, reader, principal, "unsubscribed")
    return True

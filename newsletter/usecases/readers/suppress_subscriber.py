"""An editor sees to it that an address is never mailed again, or takes that back."""

from __future__ import annotations

from sqlalchemy import update

from newsletter.domain.consent import SubscriptionState, SuppressionReason
from newsletter.domain.errors import Conflict
from newsletter.domain.principals import Principal
from newsletter.store.models import Subscription
from newsletter.store.readers import suppressions
from newsletter.usecases.context import Context
from newsletter.usecases.readers.find_subscriber import find_reader, hash_of, note, required_text

LIFTED = "suppression lifted"


def suppress_subscriber(
    context: Context, slug: str, subscriber_id: int, reason: str, principal: Principal
) -> bool:
    """By any newsletter. False when it was suppressed already. Raises InvalidInput, NotFound."""
    detail = required_text(reason, "reason", "Say why, for the record.")
    with context.database.write() as session:
        reader = find_reader(session, slug, subscriber_id, lock=True)
        known_as = hash_of(context, reader.address)
        if suppressions.is_suppressed(session, known_as):
            return False
        suppressions.suppress_subscriber(
            session,
            reader.subscriber,
            address_hash=known_as,
            reason=SuppressionReason.EDITOR,
            detail=detail,
            actor=principal.name,
            now=context.now(),
        )
        note(context, session, reader, principal, "suppressed", reason=detail)
    return True


def lift_suppression(
    context: Context, slug: str, subscriber_id: int, reason: str, principal: Principal
) -> None:
    """The reader counts as unsubscribed then, and comes back on their own wish only.

    Raises Conflict where it was not an editor who suppressed the address.
    """
    why = required_text(reason, "reason", "Say why, for the record.")
    with context.database.write() as session:
        reader = find_reader(session, slug, subscriber_id, lock=True)
        known_as = hash_of(context, reader.address)
        found = suppressions.find_suppression(session, known_as)
        if found is None:
            raise Conflict("This address is not suppressed.")
        if found.reason != SuppressionReason.EDITOR:
            raise Conflict(
                f"This address is suppressed because of a {found.reason}; that can't be lifted.",
                advice="Only what an editor has decided can an editor take back.",
            )
        suppressions.lift_suppression(session, known_as)
        session.execute(
            update(Subscription)
            .where(
                Subscription.subscriber_id == subscriber_id,
                Subscription.state == SubscriptionState.SUPPRESSED,
            )
            .values(state=SubscriptionState.UNSUBSCRIBED, state_at=context.now(), state_how=LIFTED)
            .execution_options(synchronize_session=False)
        )
        note(context, session, reader, principal, "lifted the suppression of", reason=why)

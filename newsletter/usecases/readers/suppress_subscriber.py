"""Suppresses an address for all newsletters, or lifts a suppression."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.consent import SuppressionReason
from newsletter.domain.errors import Conflict
from newsletter.domain.principals import Principal
from newsletter.store.events import Change
from newsletter.store.readers import suppressions
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import hash_address, load_subscriber, required_text

LIFTED = "suppression lifted"


def suppress_subscriber(
    context: Context, slug: str, subscriber_id: int, reason: str, principal: Principal
) -> bool:
    """For all newsletters. False if it was already suppressed. Raises InvalidInput, NotFound."""
    require_for_newsletter(context, principal, "suppress_subscriber", slug)
    detail = required_text(reason, "reason", "Give a reason.")
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        known_as = hash_address(context, reader.address)
        if suppressions.is_suppressed(session, known_as):
            return False
        suppressions.suppress_subscriber(
            session,
            reader.subscriber,
            address=known_as,
            reason=SuppressionReason.EDITOR,
            detail=detail,
            who=principal,
            now=context.now(),
        )
    return True


def lift_suppression(
    context: Context, slug: str, subscriber_id: int, reason: str, principal: Principal
) -> None:
    """The subscriber is then unsubscribed and can subscribe again only by their own wish.

    Raises Conflict if the suppression was not made by an editor.
    """
    require_for_newsletter(context, principal, "lift_suppression", slug)
    why = required_text(reason, "reason", "Give a reason.")
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        known_as = hash_address(context, reader.address)
        found = suppressions.find_suppression(session, known_as)
        if found is None:
            raise Conflict("This address is not suppressed.")
        if found.reason != SuppressionReason.EDITOR:
            raise Conflict(
                f"This address is suppressed because of a {found.reason}. You can't lift that.",
                advice="Editors can lift only suppressions made by editors.",
            )
        change = Change(
            Action.SUBSCRIBER_SUPPRESSION_LIFTED, principal, context.now(), {"reason": why}
        )
        suppressions.lift_suppression(session, subscriber_id, known_as, change, LIFTED)

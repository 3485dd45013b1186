"""Erases a person [GDPR 17]. Only a keyed hash stays, so that no import adds them again."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.addresses import address_key
from newsletter.domain.consent import SuppressionReason, SuppressionSource
from newsletter.domain.errors import InvalidInput
from newsletter.domain.principals import Principal
from newsletter.store.readers.erasures import erase_person, forget_suppression_detail
from newsletter.store.readers.suppressions import Cause, suppress_subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import (
    hash_address,
    load_subscriber,
    record_for_subscriber,
)


def erase_subscriber(
    context: Context, slug: str, subscriber_id: int, typed_address: str, principal: Principal
) -> None:
    """Erases them from every newsletter in one transaction, and withdraws waiting copies.

    Raises InvalidInput if the typed address does not match, since this can't be undone.
    """
    require_for_newsletter(context, principal, "erase_subscriber", slug)
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        address = reader.address
        if address_key(typed_address) != address_key(address):
            raise InvalidInput(
                "The address does not match this subscriber. Nothing was erased.",
                advice="Type it exactly as shown above.",
                field="address",
            )
        suppress_subscriber(
            session,
            reader.subscriber,
            address=hash_address(context, address),
            cause=Cause(SuppressionReason.ERASED, SuppressionSource.EDITOR),
            who=principal,
            now=context.now(),
        )
        forget_suppression_detail(session, hash_address(context, address))
        record_for_subscriber(context, session, reader, principal, Action.SUBSCRIBER_ERASED)
        session.flush()
        erase_person(session, reader.subscriber, context.now())

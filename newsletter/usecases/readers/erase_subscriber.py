"""Erases a person [GDPR 17]. Only a keyed hash stays, so that no import adds them again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.addresses import address_key
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.domain.staff.permissions import PERMISSIONS
from newsletter.domain.staff.principals import Principal
from newsletter.store.readers.erasures import (
    erase_person,
    forget_suppression_detail,
    newsletters_of,
)
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
) -> int:
    """Erases them in one transaction, and withdraws waiting copies: from the newsletters whose
    subscribers the principal may erase, which are all of an administrator's.

    Returns the id that is theirs there now. Raises InvalidInput if the typed address does not
    match, since this can't be undone.
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
        hashed, where = hash_address(context, address), _where(session, principal, subscriber_id)
        for newsletter_id in [None] if where is None else where:
            suppress_subscriber(
                session,
                reader.subscriber,
                address=hashed,
                cause=Cause(
                    SuppressionReason.ERASED, SuppressionSource.EDITOR, newsletter_id=newsletter_id
                ),
                who=principal,
                now=context.now(),
            )
        forget_suppression_detail(session, hashed, where)
        record_for_subscriber(context, session, reader, principal, Action.SUBSCRIBER_ERASED)
        session.flush()
        return erase_person(session, reader.subscriber, context.now(), where).id


def _where(session: Session, principal: Principal, subscriber_id: int) -> list[int] | None:
    """The newsletters of the subscriber that the principal may erase them from, None for all."""
    allowed = principal.newsletters_with(PERMISSIONS["erase_subscriber"])
    if allowed is None:
        return None
    return sorted(allowed & newsletters_of(session, subscriber_id))

"""Loads one subscriber of one newsletter for the editor's use cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.readers.addresses import HashedAddress, hashed_address
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.models import Newsletter, Subscriber, Subscription
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.readers.subscriptions import find_subscriber
from newsletter.store.readers.suppressions import lock_subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class SubscriberRecord:
    newsletter: Newsletter
    subscriber: Subscriber
    subscription: Subscription

    @property
    def address(self) -> str:
        """Raises Conflict if the subscriber was erased."""
        if self.subscriber.address is None:
            raise Conflict("This subscriber was erased. You can't change them.")
        return self.subscriber.address


def load_subscriber(
    session: Session, slug: str, subscriber_id: int, *, lock: bool = False
) -> SubscriberRecord:
    """`lock` locks the subscriber until the transaction ends. Raises NotFound."""
    newsletter = newsletter_by_slug(session, slug)
    if lock:
        lock_subscriber(session, subscriber_id)
    found = session.execute(
        select(Subscriber, Subscription)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(Subscriber.id == subscriber_id, Subscription.newsletter_id == newsletter.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("This newsletter has no such subscriber.")
    return SubscriberRecord(newsletter, found[0], found[1])


def subscriber_id_of(context: Context, slug: str, address: str, principal: Principal) -> int:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "subscriber_id_of", slug)
    with context.database.read() as session:
        newsletter_by_slug(session, slug)
        subscriber = find_subscriber(session, address)
        if subscriber is None:
            raise NotFound(f"No subscriber has the address {address}.")
        return load_subscriber(session, slug, subscriber.id).subscriber.id


def hash_address(context: Context, address: str) -> HashedAddress:
    return hashed_address(address, context.settings.address_hash_key.encode())


def required_text(text: str, field: str, message: str) -> str:
    """One line of text, not empty. Raises InvalidInput."""
    said = " ".join(text.replace("\x00", " ").split())
    if not said:
        raise InvalidInput(message, field=field)
    if len(said) > LONGEST_REASON:
        raise InvalidInput(f"Use at most {LONGEST_REASON} characters.", field=field)
    return said


def record_for_subscriber(
    context: Context,
    session: Session,
    reader: SubscriberRecord,
    principal: Principal,
    action: Action,
    **facts: Any,
) -> None:
    """Adds an event to the subscriber's history."""
    record_event(
        session,
        at=context.now(),
        who=principal,
        action=action,
        subject_id=reader.subscriber.id,
        facts={"newsletter_id": reader.newsletter.id, **facts},
    )

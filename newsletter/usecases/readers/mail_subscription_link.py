"""Mails a reader the link to their subscription, for those who have no old mail with one.

The answer reveals nothing about the address. The result shows only in its inbox.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from newsletter.domain.newsletters.newsletter import NewsletterProfile, require_open
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import parse_address
from newsletter.domain.readers.consent import RECEIVING
from newsletter.store.models import OutboxMessage, Subscription
from newsletter.store.outbox import add_to_outbox, count_since
from newsletter.store.readers.subscriptions import find_subscriber, find_subscription
from newsletter.usecases.context import Context

LINKS_A_DAY = 3


def mail_subscription_link(
    context: Context, profile: NewsletterProfile, typed_address: str
) -> list[int]:
    """The ids of the outbox rows: none for an address that gets no issues.

    Raises InvalidInput for an invalid address, and CannotMail.
    """
    require_open(profile)
    address = parse_address(typed_address)
    with context.database.write() as session:
        subscription = _subscription_of(session, profile, address)
        if subscription is None or subscription.state not in RECEIVING:
            return []
        if _links_of_day(context, session, subscription) >= LINKS_A_DAY:
            return []
        return [_put_in_outbox(context, session, subscription)]


def _subscription_of(
    session: Session, profile: NewsletterProfile, address: str
) -> Subscription | None:
    """Locked, so that links asked for at once are counted one by one."""
    subscriber = find_subscriber(session, address)
    if subscriber is None:
        return None
    return find_subscription(session, profile.id, subscriber.id, lock=True)


def _links_of_day(context: Context, session: Session, subscription: Subscription) -> int:
    return count_since(
        session,
        OutboxKind.SUBSCRIPTION_LINK,
        context.now() - timedelta(days=1),
        OutboxMessage.subscriber_id == subscription.subscriber_id,
        OutboxMessage.newsletter_id == subscription.newsletter_id,
    )


def _put_in_outbox(context: Context, session: Session, subscription: Subscription) -> int:
    now = context.now()
    return add_to_outbox(
        session,
        OutboxKind.SUBSCRIPTION_LINK,
        now=now,
        expires_at=now + context.settings.outbox_expiry,
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        payload={"subscription_id": subscription.id},
    )

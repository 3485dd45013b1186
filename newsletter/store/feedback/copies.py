"""The copies that a report can be about, by what names them. None for one that was never made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.feedback.inbound import ReportedCopy
from newsletter.domain.readers.addresses import address_key
from newsletter.store.models import Delivery, Edition, OutboxMessage, Subscriber, Subscription

_HIGHEST_ID = 2**63 - 1
_ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)


def copy_of_edition(session: Session, edition_id: int, subscriber_id: int) -> ReportedCopy | None:
    if max(edition_id, subscriber_id) > _HIGHEST_ID:
        return None
    newsletter_id = session.scalar(
        select(Edition.newsletter_id)
        .join(Delivery, Delivery.edition_id == Edition.id)
        .where(Edition.id == edition_id, Delivery.subscriber_id == subscriber_id)
    )
    return ReportedCopy(newsletter_id, subscriber_id, edition_id) if newsletter_id else None


def copy_of_outbox(session: Session, outbox_id: int) -> ReportedCopy | None:
    """None as well for mail to an editor, which is nobody's copy."""
    row = session.get(OutboxMessage, outbox_id) if outbox_id <= _HIGHEST_ID else None
    if row is None or row.subscriber_id is None or row.newsletter_id is None:
        return None
    return ReportedCopy(row.newsletter_id, row.subscriber_id, outbox_id=outbox_id)


def copy_of_subscription(
    session: Session, subscription_id: int, edition_id: int
) -> ReportedCopy | None:
    """`edition_id` 0 is a notice."""
    if max(subscription_id, edition_id) > _HIGHEST_ID:
        return None
    found = session.get(Subscription, subscription_id)
    if found is None:
        return None
    if not edition_id:
        return ReportedCopy(found.newsletter_id, found.subscriber_id)
    return copy_of_edition(session, edition_id, found.subscriber_id)


def copy_made_at(session: Session, copy: ReportedCopy) -> datetime | None:
    """The moment in its Message-ID."""
    if copy.edition_id:
        return session.scalar(select(Edition.frozen_at).where(Edition.id == copy.edition_id))
    return session.scalar(
        select(OutboxMessage.created_at).where(OutboxMessage.id == copy.outbox_id)
    )


def newest_copy_to(session: Session, address: str, since: datetime) -> ReportedCopy | None:
    """The newest that the relay took from us since then."""
    row = session.execute(
        select(Edition.newsletter_id, Delivery.subscriber_id, Delivery.edition_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(
            Subscriber.address_key == address_key(address),
            Delivery.state.in_(_ARRIVED),
            Delivery.state_at >= since,
        )
        .order_by(Delivery.edition_id.desc())
        .limit(1)
    ).one_or_none()
    return ReportedCopy(row[0], row[1], row[2]) if row else None


def key_of_subscriber(session: Session, subscriber_id: int) -> str | None:
    """None once they are erased."""
    return session.scalar(select(Subscriber.address_key).where(Subscriber.id == subscriber_id))

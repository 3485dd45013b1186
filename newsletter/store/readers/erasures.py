"""Erases a person [GDPR 17]: deletes their data and keeps the counts of what was sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from newsletter.domain.addresses import HashedAddress
from newsletter.domain.consent import SuppressionReason
from newsletter.domain.deliveries import DeliveryState
from newsletter.store.clicks.clicks import forget_clicks_of
from newsletter.store.feedback.facts import forget_what_was_said
from newsletter.store.models import (
    Consent,
    Delivery,
    Event,
    OutboxMessage,
    Subscriber,
    SubscriberNote,
    Subscription,
    Suppression,
)
from newsletter.store.readers.departures import note_erasure
from newsletter.store.readers.suppressions import is_of

WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED)
_ERASED = "The subscriber was erased."


def erase_person(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """Erases all but the keyed hash. First suppress the subscriber in the same transaction."""
    note_erasure(session, subscriber, now)
    subscriber.address = None
    subscriber.address_key = None
    subscriber.name = ""
    subscriber.attributes = {}
    subscriber.erased_at = now
    session.flush()
    session.execute(
        update(Subscription)
        .where(Subscription.subscriber_id == subscriber.id)
        .values(tags=[], state_how=SuppressionReason.ERASED.value, confirmation_sent_on=None)
    )
    _forget_evidence(session, subscriber.id)
    _withdraw_what_waits(session, subscriber.id, now)
    session.execute(delete(SubscriberNote).where(SubscriberNote.subscriber_id == subscriber.id))
    forget_clicks_of(session, subscriber.id)
    forget_what_was_said(session, subscriber.id)
    session.execute(
        update(Event)
        .where(Event.subject_kind == "subscriber", Event.subject_id == subscriber.id)
        .values(facts={})
    )


def forget_suppression_detail(session: Session, address: HashedAddress) -> None:
    """Deletes what a server said, which may contain the address. It can never be lifted."""
    session.execute(
        update(Suppression)
        .where(is_of(address))
        .values(detail="", reason=SuppressionReason.ERASED, subscriber_id=None)
    )


def _forget_evidence(session: Session, subscriber_id: int) -> None:
    """Deletes what was written about the person. What happened and when is kept."""
    theirs = Subscription.subscriber_id == subscriber_id
    session.execute(
        update(Consent)
        .where(Consent.subscription_id == Subscription.id, theirs)
        .values(how="", client_address=None, message_id="")
        .execution_options(synchronize_session=False)
    )


def _withdraw_what_waits(session: Session, subscriber_id: int, now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.state.in_(WAITING))
        .values(state=DeliveryState.WITHDRAWN, state_at=now, due_at=None)
    )
    # No copy is sent again. Replies often repeat the address.
    session.execute(
        update(Delivery)
        .where(Delivery.subscriber_id == subscriber_id)
        .values(due_at=None, reply_text="", detail="")
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.subscriber_id == subscriber_id, OutboxMessage.state.in_(WAITING))
        .values(state=DeliveryState.WITHDRAWN, state_at=now)
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.subscriber_id == subscriber_id)
        .values(reply_text="", detail=_ERASED)
    )

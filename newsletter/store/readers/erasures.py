"""Erases a person [GDPR 17]: deletes their data and keeps the counts of what was sent.

From all newsletters, or from some: others then keep the person, and nothing says that they do.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.addresses import HashedAddress
from newsletter.domain.readers.consent import SuppressionReason
from newsletter.store.clicks.clicks import forget_clicks_of
from newsletter.store.feedback.facts import forget_what_was_said
from newsletter.store.models import (
    Click,
    Consent,
    Delivery,
    Edition,
    Event,
    FeedbackRow,
    Issue,
    LastMailed,
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


def erase_person(
    session: Session,
    subscriber: Subscriber,
    now: datetime,
    newsletter_ids: Collection[int] | None = None,
) -> Subscriber:
    """Erases all but the keyed hash, from these newsletters, None for all. First suppress the
    subscriber there in the same transaction.

    Returns the row that is theirs there now. From some it is always another one, whether others
    keep the person or not, so that the erased id does not say which.
    """
    note_erasure(session, subscriber, now, newsletter_ids)
    if newsletter_ids is None:
        _erase(session, subscriber, now)
        return subscriber
    part = _split_off(session, subscriber, newsletter_ids)
    _erase(session, part, now)
    if not newsletters_of(session, subscriber.id):
        _erase(session, subscriber, now)
    return part


def newsletters_of(session: Session, subscriber_id: int) -> frozenset[int]:
    """The ids of those that the subscriber has, or had, a subscription to."""
    theirs = select(Subscription.newsletter_id).where(Subscription.subscriber_id == subscriber_id)
    return frozenset(session.scalars(theirs))


def _split_off(
    session: Session, subscriber: Subscriber, newsletter_ids: Collection[int]
) -> Subscriber:
    """A row of its own for what these newsletters know of the subscriber."""
    part = Subscriber(created_at=subscriber.created_at)
    session.add(part)
    session.flush()
    _empty_indexes(session, subscriber, newsletter_ids)
    _move_rows(session, subscriber, part, newsletter_ids)
    _move_events(session, subscriber, part, newsletter_ids)
    return part


def _empty_indexes(
    session: Session, subscriber: Subscriber, newsletter_ids: Collection[int]
) -> None:
    """Before the subscriptions move: the indexes have tags and attributes under the old id."""
    session.execute(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.newsletter_id.in_(newsletter_ids),
        )
        .values(tags=[], attributes={})
    )


def _move_rows(
    session: Session, subscriber: Subscriber, part: Subscriber, newsletter_ids: Collection[int]
) -> None:
    """Copies on the wire stay with the old row: their outcome is yet to be written down."""
    editions = (
        select(Edition.id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Issue.newsletter_id.in_(newsletter_ids))
    )
    at_rest = Delivery.state != DeliveryState.HANDING_OVER
    moved: tuple[tuple[type[Any], ColumnElement[bool]], ...] = (
        (Subscription, Subscription.newsletter_id.in_(newsletter_ids)),
        (LastMailed, LastMailed.newsletter_id.in_(newsletter_ids)),
        (SubscriberNote, SubscriberNote.newsletter_id.in_(newsletter_ids)),
        (OutboxMessage, OutboxMessage.newsletter_id.in_(newsletter_ids)),
        (FeedbackRow, FeedbackRow.newsletter_id.in_(newsletter_ids)),
        (Click, Click.edition_id.in_(editions)),
        (Delivery, and_(Delivery.edition_id.in_(editions), at_rest)),
    )
    for table, of_these in moved:
        session.execute(
            update(table)
            .where(table.subscriber_id == subscriber.id, of_these)
            .values(subscriber_id=part.id)
            .execution_options(synchronize_session=False)
        )


def _move_events(
    session: Session, subscriber: Subscriber, part: Subscriber, newsletter_ids: Collection[int]
) -> None:
    session.execute(
        update(Event)
        .where(
            Event.subject_kind == "subscriber",
            Event.subject_id == subscriber.id,
            Event.facts["newsletter_id"].as_integer().in_(newsletter_ids),
        )
        .values(subject_id=part.id)
        .execution_options(synchronize_session=False)
    )


def _erase(session: Session, subscriber: Subscriber, now: datetime) -> None:
    subscriber.address = None
    subscriber.address_key = None
    subscriber.erased_at = now
    session.flush()
    session.execute(
        update(Subscription)
        .where(Subscription.subscriber_id == subscriber.id)
        .values(
            name="",
            attributes={},
            tags=[],
            state_how=SuppressionReason.ERASED.value,
            confirmation_sent_on=None,
        )
    )
    _forget_evidence(session, subscriber.id)
    _withdraw_what_waits(session, subscriber.id, now)
    session.execute(delete(SubscriberNote).where(SubscriberNote.subscriber_id == subscriber.id))
    forget_clicks_of(session, subscriber.id)
    forget_what_was_said(session, subscriber.id)
    _forget_facts(session, subscriber.id)


def _forget_facts(session: Session, subscriber_id: int) -> None:
    """But for the newsletter that each is about: no act leaves its audit log by erasing."""
    theirs = (Event.subject_kind == "subscriber", Event.subject_id == subscriber_id)
    for event in session.scalars(select(Event).where(*theirs)):
        about = event.facts.get("newsletter_id")
        event.facts = {} if about is None else {"newsletter_id": about}


def forget_suppression_detail(
    session: Session, address: HashedAddress, newsletter_ids: Collection[int] | None = None
) -> None:
    """Deletes what a server said, which may contain the address. It can never be lifted."""
    theirs = is_of(address)
    if newsletter_ids is not None:
        theirs = and_(theirs, Suppression.newsletter_id.in_(newsletter_ids))
    session.execute(
        update(Suppression)
        .where(theirs)
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

"""Signups that nobody confirmed: finds the old ones, and deletes all that was stored for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.store.models import (
    Consent,
    Delivery,
    Event,
    Newsletter,
    OutboxMessage,
    Subscriber,
    Subscription,
)

_OF_A_READER = (
    ConsentKind.CONFIRMED,
    ConsentKind.ADDED,
    ConsentKind.WITHDRAWN,
    ConsentKind.SUPPRESSED,
)


def unconfirmed_since(session: Session, before: datetime, most: int) -> list[Subscription]:
    """Pending since then, and not asked again later. Locks them; skips locked ones."""
    return list(
        session.scalars(
            select(Subscription)
            .where(
                Subscription.newsletter_id.in_(select(Newsletter.id)),  # as the index begins
                Subscription.state == SubscriptionState.PENDING,
                Subscription.state_at < before,
                or_(
                    Subscription.confirmation_sent_on.is_(None),
                    Subscription.confirmation_sent_on < before.date(),
                ),
            )
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    )


def readers_among(session: Session, subscription_ids: Collection[int]) -> set[int]:
    """Those that were more than a signup before: with a history that has to be kept."""
    was_reader = exists().where(
        Consent.subscription_id == Subscription.id, Consent.kind.in_(_OF_A_READER)
    )
    had_mail = exists().where(
        Delivery.subscriber_id == Subscription.subscriber_id,
        Delivery.subscription_id == Subscription.id,
    )
    wanted = select(Subscription.id).where(
        Subscription.id.in_(subscription_ids), or_(was_reader, had_mail)
    )
    return set(session.scalars(wanted))


def delete_signups(session: Session, signups: Sequence[Subscription]) -> Counter[int]:
    """How many of each newsletter, by its id. A person without another subscription goes, too."""
    ids = [signup.id for signup in signups]
    people = [signup.subscriber_id for signup in signups]
    counts = Counter(signup.newsletter_id for signup in signups)
    is_about_one = exists().where(
        Subscription.id.in_(ids),
        Subscription.subscriber_id == OutboxMessage.subscriber_id,
        Subscription.newsletter_id == OutboxMessage.newsletter_id,
    )
    mails = delete(OutboxMessage).where(OutboxMessage.subscriber_id.in_(people), is_about_one)
    session.execute(mails.execution_options(synchronize_session=False))
    session.execute(delete(Consent).where(Consent.subscription_id.in_(ids)))
    session.execute(delete(Subscription).where(Subscription.id.in_(ids)))
    _delete_people(session, people)
    return counts


def _delete_people(session: Session, subscriber_ids: Collection[int]) -> None:
    session.execute(
        delete(Event).where(
            Event.subject_kind == "subscriber", _is_alone(Event.subject_id, subscriber_ids)
        )
    )
    session.execute(delete(Subscriber).where(_is_alone(Subscriber.id, subscriber_ids)))


def _is_alone(
    column: InstrumentedAttribute[int], subscriber_ids: Collection[int]
) -> ColumnElement[bool]:
    """One of these, without a subscription, a copy or a mail."""
    return (
        column.in_(subscriber_ids)
        & ~exists().where(Subscription.subscriber_id == column)
        & ~exists().where(Delivery.subscriber_id == column)
        & ~exists().where(OutboxMessage.subscriber_id == column)
    )

"""Addresses that are never mailed again, stored as keyed hashes only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.consent import (
    TRANSITIONS,
    ConsentKind,
    SubscriptionState,
    SuppressionReason,
)
from newsletter.domain.principals import Principal
from newsletter.store.events import Change
from newsletter.store.models import Consent, Subscriber, Subscription, Suppression
from newsletter.store.readers.states import change_states


def is_suppressed(session: Session, address_hash: str) -> bool:
    return bool(session.scalar(select(exists().where(Suppression.address_hash == address_hash))))


def suppress_subscriber(  # noqa: PLR0913  who, why, by whom and when
    session: Session,
    subscriber: Subscriber,
    *,
    address_hash: str,
    reason: SuppressionReason,
    detail: str,
    who: Principal,
    now: datetime,
) -> None:
    """Stops mail from all newsletters, with evidence for each subscription. Idempotent.

    Locks the subscriber. Raises IllegalTransition.
    """
    lock_subscriber(session, subscriber.id)
    if not is_suppressed(session, address_hash):
        session.add(
            Suppression(
                address_hash=address_hash, reason=reason, detail=detail, actor=who.name, at=now
            )
        )
    why = f"{reason.value}: {detail}" if detail else reason.value
    changed = change_states(
        session,
        Subscription.subscriber_id == subscriber.id,
        TRANSITIONS.sources(SubscriptionState.SUPPRESSED),
        SubscriptionState.SUPPRESSED,
        Change(Action.SUBSCRIBER_SUPPRESSED, who, now, {"reason": why}),
        how=reason.value,
    )
    session.add_all(
        Consent(
            subscription_id=subscription_id,
            kind=ConsentKind.SUPPRESSED,
            at=now,
            how=why,
            actor=who.name,
        )
        for subscription_id in changed
    )
    session.flush()


def lock_subscriber(session: Session, subscriber_id: int) -> None:
    """Locks the subscriber against being suppressed while they are added or imported."""
    session.execute(
        select(Subscriber.id).where(Subscriber.id == subscriber_id).with_for_update(key_share=True)
    )


def find_suppression(session: Session, address_hash: str) -> Suppression | None:
    return session.scalar(select(Suppression).where(Suppression.address_hash == address_hash))


def lift_suppression(
    session: Session, subscriber_id: int, address_hash: str, change: Change, how: str
) -> None:
    """Makes all suppressed subscriptions unsubscribed: the reader has to sign up again."""
    session.execute(delete(Suppression).where(Suppression.address_hash == address_hash))
    change_states(
        session,
        Subscription.subscriber_id == subscriber_id,
        {SubscriptionState.SUPPRESSED},
        SubscriptionState.UNSUBSCRIBED,
        change,
        how=how,
    )

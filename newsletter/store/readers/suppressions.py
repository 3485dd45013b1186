"""Addresses that are never mailed again, known by their keyed hash alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from newsletter.domain.consent import ConsentKind, SubscriptionState, SuppressionReason
from newsletter.store.models import Consent, Subscriber, Subscription, Suppression


def is_suppressed(session: Session, address_hash: str) -> bool:
    return bool(session.scalar(select(exists().where(Suppression.address_hash == address_hash))))


def suppress_subscriber(  # noqa: PLR0913  who, why, by whom and when
    session: Session,
    subscriber: Subscriber,
    *,
    address_hash: str,
    reason: SuppressionReason,
    detail: str,
    actor: str,
    now: datetime,
) -> None:
    """No newsletter mails this reader any more; each subscription has the evidence. Idempotent."""
    lock_subscriber(session, subscriber.id)
    if not is_suppressed(session, address_hash):
        session.add(
            Suppression(
                address_hash=address_hash, reason=reason, detail=detail, actor=actor, at=now
            )
        )
    changed = session.scalars(
        update(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            Subscription.state != SubscriptionState.SUPPRESSED,
        )
        .values(state=SubscriptionState.SUPPRESSED, state_at=now, state_how=reason.value)
        .returning(Subscription.id)
    ).all()
    session.add_all(
        Consent(
            subscription_id=subscription_id,
            kind=ConsentKind.SUPPRESSED,
            at=now,
            how=f"{reason.value}: {detail}" if detail else reason.value,
            actor=actor,
        )
        for subscription_id in changed
    )
    session.flush()


def lock_subscriber(session: Session, subscriber_id: int) -> None:
    """Until the transaction ends: nobody is suppressed while being added or imported elsewhere."""
    session.execute(
        select(Subscriber.id).where(Subscriber.id == subscriber_id).with_for_update(key_share=True)
    )


def find_suppression(session: Session, address_hash: str) -> Suppression | None:
    return session.scalar(select(Suppression).where(Suppression.address_hash == address_hash))


def lift_suppression(session: Session, address_hash: str) -> bool:
    """False when there was none. Subscriptions stay as they are: readers ask again themselves."""
    lifted = session.scalar(
        delete(Suppression)
        .where(Suppression.address_hash == address_hash)
        .returning(Suppression.id)
    )
    return lifted is not None

"""Addresses that are never mailed again, stored as keyed hashes only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.addresses import HashedAddress
from newsletter.domain.consent import (
    TRANSITIONS,
    ConsentKind,
    SubscriptionState,
    SuppressionReason,
)
from newsletter.domain.principals import Principal
from newsletter.store.events import Change
from newsletter.store.models import Consent, Subscriber, Subscription, Suppression
from newsletter.store.readers.departures import note_suppressed_addresses
from newsletter.store.readers.states import change_states


def is_suppressed(session: Session, address: HashedAddress) -> bool:
    return bool(session.scalar(select(exists().where(is_of(address)))))


def is_of(address: HashedAddress) -> ColumnElement[bool]:
    """Rows of the address, also one that was made while addresses had their former keys."""
    current = Suppression.address_hash == address.current
    if address.former is None:
        return current
    return or_(
        current, and_(Suppression.address_hash == address.former, Suppression.is_former.is_(True))
    )


def suppress_subscriber(  # noqa: PLR0913  who, why, by whom and when
    session: Session,
    subscriber: Subscriber,
    *,
    address: HashedAddress,
    reason: SuppressionReason,
    detail: str,
    who: Principal,
    now: datetime,
) -> None:
    """Stops mail from all newsletters, with evidence for each subscription. Idempotent.

    Locks the subscriber. Raises IllegalTransition.
    """
    lock_subscriber(session, subscriber.id)
    if not is_suppressed(session, address):
        session.add(
            Suppression(
                address_hash=address.current, reason=reason, detail=detail, actor=who.name, at=now
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


def insert_suppressions(session: Session, suppressions: list[dict[str, Any]]) -> None:
    """Each with address_hash, reason, detail, actor and at; for addresses without a subscriber.

    Those that are there already stay as they are.
    """
    if suppressions:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(Suppression).values(is_former=False)
        session.execute(
            statement.on_conflict_do_nothing(index_elements=["address_hash"]), suppressions
        )
        note_suppressed_addresses(session, suppressions)


def lock_subscriber(session: Session, subscriber_id: int) -> None:
    """Locks the subscriber against being suppressed while they are added or imported."""
    session.execute(
        select(Subscriber.id).where(Subscriber.id == subscriber_id).with_for_update(key_share=True)
    )


def find_suppression(session: Session, address: HashedAddress) -> Suppression | None:
    """The one that can't be lifted, where the former key found another one beside it."""
    found = session.scalars(select(Suppression).where(is_of(address))).all()
    lasting = [one for one in found if one.reason != SuppressionReason.EDITOR]
    return next(iter([*lasting, *found]), None)


def lift_suppression(
    session: Session, subscriber_id: int, address: HashedAddress, change: Change, how: str
) -> None:
    """Makes all suppressed subscriptions unsubscribed: the reader has to sign up again."""
    session.execute(delete(Suppression).where(is_of(address)))
    change_states(
        session,
        Subscription.subscriber_id == subscriber_id,
        {SubscriptionState.SUPPRESSED},
        SubscriptionState.UNSUBSCRIBED,
        change,
        how=how,
    )

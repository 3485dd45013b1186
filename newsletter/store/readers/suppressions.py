"""Addresses that one newsletter or all never mail again, stored as keyed hashes only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.readers.addresses import HashedAddress
from newsletter.domain.readers.consent import (
    TRANSITIONS,
    ConsentKind,
    SubscriptionState,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change
from newsletter.store.models import Consent, Subscriber, Subscription, Suppression
from newsletter.store.readers.departures import note_suppressions
from newsletter.store.readers.states import change_states


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an address is suppressed, and who said so. `newsletter_id`: for that one alone."""

    reason: SuppressionReason
    source: SuppressionSource
    detail: str = ""
    newsletter_id: int | None = None

    @property
    def words(self) -> str:
        return f"{self.reason.value}: {self.detail}" if self.detail else self.reason.value


def is_suppressed(
    session: Session, address: HashedAddress, newsletter_id: int | None = None
) -> bool:
    """For all newsletters, or for the one given."""
    holds = and_(is_of(address), holds_for(newsletter_id))
    return bool(session.scalar(select(exists().where(holds))))


def is_of(address: HashedAddress) -> ColumnElement[bool]:
    """Rows of the address, also one that was made while addresses had their former keys."""
    current = Suppression.address_hash == address.current
    if address.former is None:
        return current
    return or_(
        current, and_(Suppression.address_hash == address.former, Suppression.is_former.is_(True))
    )


def holds_for(newsletter_id: int | None) -> ColumnElement[bool]:
    """Suppressions that stop the mail of this newsletter: its own, and those for all."""
    for_all = Suppression.newsletter_id.is_(None)
    if newsletter_id is None:
        return for_all
    return or_(for_all, Suppression.newsletter_id == newsletter_id)


def suppress_subscriber(  # noqa: PLR0913  who, why, by whom and when
    session: Session,
    subscriber: Subscriber,
    *,
    address: HashedAddress,
    cause: Cause,
    who: Principal,
    now: datetime,
) -> bool:
    """Stops the mail that `cause` is about, with evidence for each subscription. Idempotent.

    False if that was so already. Locks the subscriber. Raises IllegalTransition.
    """
    lock_subscriber(session, subscriber.id)
    is_new = not _is_there(session, address, cause.newsletter_id)
    if is_new:
        insert_suppressions(session, [_row(address, cause, who, now, subscriber.id)])
    theirs = Subscription.subscriber_id == subscriber.id
    if cause.newsletter_id is not None:
        theirs = and_(theirs, Subscription.newsletter_id == cause.newsletter_id)
    _end_subscriptions(session, theirs, cause, who, now)
    return is_new


def insert_suppressions(session: Session, suppressions: list[dict[str, Any]]) -> None:
    """Each by the columns of the table. Those that are there already stay as they are."""
    if suppressions:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        defaults = {"newsletter_id": None, "subscriber_id": None, "is_former": False}
        session.execute(
            dialect.insert(Suppression).on_conflict_do_nothing(),
            [{**defaults, **one} for one in suppressions],
        )
        note_suppressions(session, suppressions)


def suppress_address(
    session: Session, address: HashedAddress, cause: Cause, who: Principal, now: datetime
) -> bool:
    """Of someone who is not here. False if it was suppressed already."""
    if _is_there(session, address, cause.newsletter_id):
        return False
    insert_suppressions(session, [_row(address, cause, who, now, None)])
    return True


def lock_subscriber(session: Session, subscriber_id: int) -> None:
    """Locks the subscriber against being suppressed while they are added or imported."""
    session.execute(
        select(Subscriber.id).where(Subscriber.id == subscriber_id).with_for_update(key_share=True)
    )


def find_suppressions(
    session: Session, address: HashedAddress, newsletter_id: int | None = None
) -> list[Suppression]:
    """Those that hold for the newsletter, the gravest first."""
    found = session.scalars(select(Suppression).where(is_of(address), holds_for(newsletter_id)))
    return sorted(found, key=lambda one: SuppressionReason(one.reason).gravity, reverse=True)


def find_suppression(
    session: Session, address: HashedAddress, newsletter_id: int | None = None
) -> Suppression | None:
    """The gravest of those that hold for the newsletter."""
    return next(iter(find_suppressions(session, address, newsletter_id)), None)


def all_suppressions(session: Session, address: HashedAddress) -> list[Suppression]:
    """Of any newsletter."""
    return list(session.scalars(select(Suppression).where(is_of(address)).order_by(Suppression.id)))


def lift_suppressions(  # noqa: PLR0913, PLR0917  what is lifted, and how it is recorded
    session: Session,
    lifted: Collection[Suppression],
    address: HashedAddress,
    subscriber_id: int | None,
    change: Change,
    how: str,
) -> None:
    """Makes suppressed subscriptions unsubscribed that no other suppression holds: the reader has
    to sign up again.
    """
    session.execute(delete(Suppression).where(Suppression.id.in_([one.id for one in lifted])))
    if subscriber_id is None:
        return
    left = all_suppressions(session, address)
    if any(one.newsletter_id is None for one in left):
        return
    held = [one.newsletter_id for one in left if one.newsletter_id is not None]
    change_states(
        session,
        and_(Subscription.subscriber_id == subscriber_id, Subscription.newsletter_id.not_in(held)),
        {SubscriptionState.SUPPRESSED},
        SubscriptionState.UNSUBSCRIBED,
        change,
        how=how,
    )


def _is_there(session: Session, address: HashedAddress, newsletter_id: int | None) -> bool:
    same = (
        Suppression.newsletter_id.is_(None)
        if newsletter_id is None
        else Suppression.newsletter_id == newsletter_id
    )
    return bool(session.scalar(select(exists().where(is_of(address), same))))


def _row(
    address: HashedAddress, cause: Cause, who: Principal, now: datetime, subscriber_id: int | None
) -> dict[str, Any]:
    return {
        "address_hash": address.current,
        "newsletter_id": cause.newsletter_id,
        "subscriber_id": subscriber_id,
        "reason": cause.reason,
        "source": cause.source,
        "detail": cause.detail,
        "actor": who.name,
        "at": now,
    }


def _end_subscriptions(
    session: Session, which: ColumnElement[bool], cause: Cause, who: Principal, now: datetime
) -> None:
    changed = change_states(
        session,
        which,
        TRANSITIONS.sources(SubscriptionState.SUPPRESSED),
        SubscriptionState.SUPPRESSED,
        Change(
            Action.SUBSCRIBER_SUPPRESSED,
            who,
            now,
            {"reason": cause.words, "source": cause.source.value},
        ),
        how=cause.reason.value,
    )
    session.add_all(
        Consent(
            subscription_id=subscription_id,
            kind=ConsentKind.SUPPRESSED,
            at=now,
            how=cause.words,
            actor=who.name,
        )
        for subscription_id in changed
    )
    session.flush()

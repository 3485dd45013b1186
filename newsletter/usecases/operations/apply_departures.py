"""Applies departures to a restored backup: who left since it was made has left again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.readers.addresses import HashedAddress
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.domain.readers.departures import Departure, DepartureKind
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.models import Newsletter, Subscriber
from newsletter.store.readers.erasures import erase_person, forget_suppression_detail
from newsletter.store.readers.subscriptions import subscription_with_reader
from newsletter.store.readers.suppressions import (
    Cause,
    is_suppressed,
    suppress_address,
    suppress_subscriber,
)
from newsletter.store.readers.withdrawals import withdraw
from newsletter.usecases.context import Context
from newsletter.usecases.readers.find_subscriber import hash_address

CLOCKS_DIFFER_BY = timedelta(minutes=5)
_AT_ONCE = 500
_HOW = "left after the backup was made"


def apply_departures(
    context: Context, departures: Sequence[Departure], made_at: datetime
) -> dict[DepartureKind, int]:
    """`made_at`: when the backup was made. Returns how many it did not know, by kind.

    Can be repeated. A person who left and came back is gone: the backup has no proof of consent.
    """
    since = [one for one in departures if one.at >= made_at - CLOCKS_DIFFER_BY]
    applied: Counter[DepartureKind] = Counter()
    for start in range(0, len(since), _AT_ONCE):
        with context.database.write() as session:
            for departure in since[start : start + _AT_ONCE]:
                applied[departure.kind] += _apply(context, session, departure)
    return dict(applied)


def _apply(context: Context, session: Session, departure: Departure) -> bool:
    """False if the database knows of it."""
    if departure.kind is DepartureKind.LEFT:
        return _leave(context, session, departure)
    if departure.newsletter_id and session.get(Newsletter, departure.newsletter_id) is None:
        return False  # a newsletter that was created after the backup was made
    subscriber = session.get(Subscriber, departure.row_id)
    if subscriber is not None and _is_same_person(context, subscriber, departure):
        return _suppress(session, subscriber, departure)
    # Of someone who signed up and went after the backup was made: no import adds them again.
    return suppress_address(session, _address(departure), _cause(departure), SYSTEM, departure.at)


def _leave(context: Context, session: Session, departure: Departure) -> bool:
    row = subscription_with_reader(session, departure.row_id, lock=True)
    if row is None:
        return False
    subscription, subscriber, _ = row
    is_newer = subscription.state_at > departure.at
    if is_newer or not _is_same_person(context, subscriber, departure):
        return False
    return withdraw(session, subscription, who=SYSTEM, how=_HOW, at=departure.at)


def _suppress(session: Session, subscriber: Subscriber, departure: Departure) -> bool:
    address, is_erased = _address(departure), departure.kind.is_erasure
    if is_suppressed(session, address, departure.newsletter_id) and not is_erased:
        return False
    suppress_subscriber(
        session,
        subscriber,
        address=address,
        cause=_cause(departure),
        who=SYSTEM,
        now=departure.at,
    )
    if is_erased:
        where = None if departure.newsletter_id is None else [departure.newsletter_id]
        forget_suppression_detail(session, address, where)
        erase_person(session, subscriber, departure.at, where)
    return True


def _address(departure: Departure) -> HashedAddress:
    return HashedAddress(departure.address_hash)


def _cause(departure: Departure) -> Cause:
    return Cause(
        _reason(departure), SuppressionSource.RESTORED, newsletter_id=departure.newsletter_id
    )


def _reason(departure: Departure) -> SuppressionReason:
    if departure.kind.is_erasure:
        return SuppressionReason.ERASED
    return SuppressionReason(departure.reason)


def _is_same_person(context: Context, subscriber: Subscriber, departure: Departure) -> bool:
    if subscriber.address is None:
        return False
    return hash_address(context, subscriber.address).current == departure.address_hash

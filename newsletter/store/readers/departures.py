"""Notes who leaves in a transaction, for the file that is written once it is committed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.readers.consent import SuppressionReason
from newsletter.domain.readers.departures import DepartureKind
from newsletter.store.models import Subscriber, Subscription

_NOTED = "departures"


class Noted(NamedTuple):
    """As Departure, with the address that is yet to be hashed."""

    kind: DepartureKind
    row_id: int
    at: datetime
    address: str
    reason: str = ""
    address_hash: str = ""
    """Instead of the address, where that is known already."""
    newsletter_id: int | None = None


def note_departures(session: Session, subscription_ids: Sequence[int], at: datetime) -> None:
    """Of subscriptions that are now unsubscribed. Suppressions are noted by themselves."""
    rows = session.execute(
        select(Subscription.id, Subscriber.address)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.id.in_(subscription_ids), Subscriber.address.is_not(None))
    )
    _note(session, (Noted(DepartureKind.LEFT, row.id, at, row.address) for row in rows))


def note_erasure(
    session: Session,
    subscriber: Subscriber,
    at: datetime,
    newsletter_ids: Collection[int] | None = None,
) -> None:
    """From these newsletters, None for all. Call it while the address is still known."""
    address = subscriber.address or ""
    if newsletter_ids is None:
        _note(session, [Noted(DepartureKind.ERASED, subscriber.id, at, address)])
        return
    kind = DepartureKind.ERASED_FROM_ONE
    _note(
        session,
        (
            Noted(kind, subscriber.id, at, address, newsletter_id=newsletter_id)
            for newsletter_id in sorted(newsletter_ids)
        ),
    )


def note_suppressions(session: Session, suppressions: Iterable[Mapping[str, Any]]) -> None:
    """`suppressions` by the columns of the table. An erasure is noted by itself."""
    _note(
        session,
        (
            Noted(
                kind=_kind_of(one),
                row_id=one.get("subscriber_id") or 0,
                at=one["at"],
                address="",
                reason=one["reason"],
                address_hash=one["address_hash"],
                newsletter_id=one.get("newsletter_id"),
            )
            for one in suppressions
            if one["reason"] != SuppressionReason.ERASED
        ),
    )


def noted_departures(session: Session) -> list[Noted]:
    noted: list[Noted] = session.info.get(_NOTED, [])
    return noted


def _kind_of(suppression: Mapping[str, Any]) -> DepartureKind:
    is_for_one = suppression.get("newsletter_id") is not None
    return DepartureKind.SUPPRESSED_FOR_ONE if is_for_one else DepartureKind.SUPPRESSED


def _note(session: Session, departures: Iterable[Noted]) -> None:
    session.info.setdefault(_NOTED, []).extend(departures)

"""Notes who leaves in a transaction, for the file that is written once it is committed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.consent import SubscriptionState, SuppressionReason
from newsletter.domain.departures import DepartureKind
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
    """Instead of the address, where nobody has that."""


def note_departures(
    session: Session,
    subscription_ids: Sequence[int],
    after: SubscriptionState,
    at: datetime,
    reason: str,
) -> None:
    """`after` is the state that these subscriptions now have, one of GONE. An erasure is noted
    by itself.
    """
    if reason == SuppressionReason.ERASED:
        return
    rows = session.execute(
        select(Subscription.id, Subscriber.id.label("subscriber_id"), Subscriber.address)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.id.in_(subscription_ids), Subscriber.address.is_not(None))
    )
    if after is SubscriptionState.UNSUBSCRIBED:
        _note(session, (Noted(DepartureKind.LEFT, row.id, at, row.address) for row in rows))
    else:
        kind = DepartureKind.SUPPRESSED
        noted = {Noted(kind, row.subscriber_id, at, row.address, reason) for row in rows}
        _note(session, noted)


def note_erasure(session: Session, subscriber: Subscriber, at: datetime) -> None:
    """Call it while the address is still known."""
    address = subscriber.address or ""
    _note(session, [Noted(DepartureKind.ERASED, subscriber.id, at, address)])


def note_suppressed_addresses(session: Session, suppressions: Iterable[Mapping[str, Any]]) -> None:
    """`suppressions` as for `insert_suppressions`: addresses without a subscriber."""
    _note(
        session,
        (
            Noted(DepartureKind.SUPPRESSED, 0, one["at"], "", one["reason"], one["address_hash"])
            for one in suppressions
        ),
    )


def noted_departures(session: Session) -> list[Noted]:
    noted: list[Noted] = session.info.get(_NOTED, [])
    return noted


def _note(session: Session, departures: Iterable[Noted]) -> None:
    session.info.setdefault(_NOTED, []).extend(departures)

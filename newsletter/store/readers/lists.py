"""Lists of a newsletter's subscribers: pages, counts, search. Built for a million rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.addresses import address_key
from newsletter.domain.audiences import EVERYONE, Audience
from newsletter.domain.consent import SubscriptionState
from newsletter.store.models import Delivery, Edition, Issue, Subscriber, Subscription
from newsletter.store.readers.audiences import audience_clauses


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of subscribers."""

    subscriber_id: int
    address: str
    name: str
    attributes: dict[str, Any]
    tags: list[str]
    state: SubscriptionState
    state_at: datetime
    state_how: str
    created_at: datetime


class Order(StrEnum):
    """Those that an index has, so that a page of a million takes no longer."""

    NEWEST = "newest"
    OLDEST = "oldest"
    ADDRESS = "address"
    ADDRESS_DOWN = "address-down"


_ORDERS: dict[Order, tuple[InstrumentedAttribute[Any], bool]] = {
    Order.NEWEST: (Subscription.subscriber_id, True),
    Order.OLDEST: (Subscription.subscriber_id, False),
    Order.ADDRESS: (Subscriber.address_key, False),
    Order.ADDRESS_DOWN: (Subscriber.address_key, True),
}
"""The column, and whether its largest value comes first."""


@dataclass(frozen=True, slots=True)
class ReaderQuery:
    """Which subscribers of a newsletter, whose time zone is `zone`; `only` are their ids."""

    newsletter_id: int
    zone: str
    audience: Audience = EVERYONE
    search: str = ""
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The delivery of one issue to one subscriber, from the ledger."""

    issue_id: int
    number: int
    subject: str
    state: str
    state_at: datetime
    attempts: int
    reply: str
    detail: str


def count_by_state(session: Session, newsletter_id: int) -> dict[SubscriptionState, int]:
    """Erased subscribers are not counted."""
    counted = session.execute(
        select(Subscription.state, func.count().label("readers"))
        .where(Subscription.newsletter_id == newsletter_id)
        .group_by(Subscription.state)
    )
    counts = {SubscriptionState(row.state): row.readers for row in counted}
    erased = session.scalar(
        select(func.count())
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.SUPPRESSED,
            Subscriber.erased_at.is_not(None),
        )
    )
    found = {state: counts.get(state, 0) for state in SubscriptionState}
    found[SubscriptionState.SUPPRESSED] -= erased or 0
    return found


def readers_page(  # noqa: PLR0913  what to list, and where to begin
    session: Session,
    query: ReaderQuery,
    order: Order,
    *,
    older_than: int | None,
    newer_than: int | None,
    limit: int,
) -> list[Listed]:
    """A page of at most `limit`: what follows one subscriber's id, or what precedes it."""
    column, goes_down = _ORDERS[order]
    is_forward = newer_than is None
    edge = older_than if is_forward else newer_than
    down = goes_down == is_forward
    wanted = _readers(session, query)
    if edge is not None:
        at = edge if column is Subscription.subscriber_id else _key_of(edge)
        wanted = wanted.where(column < at if down else column > at)
    rows = session.execute(wanted.order_by(column.desc() if down else column).limit(limit))
    listed = [_listed(row) for row in rows]
    return listed if is_forward else listed[::-1]


def _key_of(subscriber_id: int) -> ScalarSelect[Any]:
    """Asked for with the page, so that no address is in the link to the next one."""
    return select(Subscriber.address_key).where(Subscriber.id == subscriber_id).scalar_subquery()


def count_readers(session: Session, query: ReaderQuery, most: int) -> int:
    """At most `most`: so many are counted quickly however many there are."""
    found = _readers(session, query).with_only_columns(Subscription.id).limit(most)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def readers_after(session: Session, query: ReaderQuery, after_id: int, limit: int) -> list[Listed]:
    """At most `limit`, the oldest first, to go through all of them."""
    wanted = _readers(session, query).where(Subscription.subscriber_id > after_id)
    rows = session.execute(wanted.order_by(Subscription.subscriber_id).limit(limit))
    return [_listed(row) for row in rows]


def lock_readers_after(
    session: Session, query: ReaderQuery, after_id: int, limit: int
) -> list[Subscription]:
    """The same as rows to change, locked until the transaction ends."""
    found = (
        _readers(session, query)
        .with_only_columns(Subscription)
        .where(Subscription.subscriber_id > after_id)
    )
    return list(
        session.scalars(
            found.order_by(Subscription.subscriber_id).limit(limit).with_for_update(of=Subscription)
        )
    )


def received_by(session: Session, subscriber_id: int, newsletter_id: int) -> Iterator[Received]:
    """The last fifty issues of this newsletter, the newest first."""
    rows = session.execute(
        select(Delivery, Edition.number, Edition.subject, Issue.id.label("issue_id"))
        .join(Edition, Edition.id == Delivery.edition_id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Delivery.subscriber_id == subscriber_id, Edition.newsletter_id == newsletter_id)
        .order_by(Delivery.edition_id.desc())
        .limit(50)
    )
    for row in rows:
        delivery = row.Delivery
        said = (str(delivery.reply_code or ""), delivery.reply_enhanced, delivery.reply_text)
        yield Received(
            issue_id=row.issue_id,
            number=row.number,
            subject=row.subject,
            state=delivery.state,
            state_at=delivery.state_at,
            attempts=delivery.attempts,
            reply=" ".join(part for part in said if part),
            detail=delivery.detail,
        )


def _readers(session: Session, query: ReaderQuery) -> Select[*tuple[Any, ...]]:
    wanted = (
        select(
            Subscription.subscriber_id,
            Subscriber.address,
            Subscriber.name,
            Subscriber.attributes,
            Subscription.tags,
            Subscription.state,
            Subscription.state_at,
            Subscription.state_how,
            Subscription.created_at,
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.erased_at.is_(None))
        .where(*audience_clauses(session, query.audience, query.newsletter_id, query.zone))
    )
    if query.only is not None:
        wanted = wanted.where(Subscription.subscriber_id.in_(query.only))
    return wanted.where(_matches(query.search)) if query.search else wanted


def _matches(search: str) -> ColumnElement[bool]:
    key = address_key(search)
    if _is_whole_address(key):
        return Subscriber.address_key == key
    found = [
        Subscriber.address_key.contains(key, autoescape=True),
        Subscriber.name.icontains(search, autoescape=True),
    ]
    if not search.isascii():  # a part of a domain, which its key has as an A-label
        found.append(Subscriber.address.contains(search.lower(), autoescape=True))
    return or_(*found)


def _is_whole_address(key: str) -> bool:
    """A search for a whole address reads one row from the index instead of all rows."""
    domain = key.rpartition("@")[2]
    return "@" in key and "." in domain.strip(".") and " " not in key and not key.startswith("@")


def _listed(row: Any) -> Listed:
    return Listed(
        subscriber_id=row.subscriber_id,
        address=row.address or "",
        name=row.name,
        attributes=dict(row.attributes or {}),
        tags=list(row.tags or []),
        state=SubscriptionState(row.state),
        state_at=row.state_at,
        state_how=row.state_how,
        created_at=row.created_at,
    )

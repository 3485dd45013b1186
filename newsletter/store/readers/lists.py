"""Lists of a newsletter's subscribers: pages, counts, search. Built for a million rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.readers.addresses import address_key
from newsletter.domain.readers.audiences import EVERYONE, Audience
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Delivery, Edition, Issue, Subscriber, Subscription
from newsletter.store.planner import beside_index, mostly
from newsletter.store.readers.audience_paths import FEW, AudiencePath, narrowest_path
from newsletter.store.readers.audiences import audience_clauses, joined_clauses


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


_DOWN = frozenset({Order.NEWEST, Order.ADDRESS_DOWN})
"""The largest value comes first."""
_Columns = tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]
_BY_JOINING: _Columns = (Subscription.created_at, Subscription.subscriber_id)
_FEW_BY_JOINING: _Columns = (
    func.coalesce(Subscription.created_at, Subscription.state_at),
    Subscription.subscriber_id,
)
"""The same, which no index has."""


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


def path_of(session: Session, query: ReaderQuery) -> AudiencePath | None:
    """Found once for a page and its count."""
    return narrowest_path(session, query.audience, query.newsletter_id, query.zone)


def readers_page(  # noqa: PLR0913  what to list, and where to begin
    session: Session,
    query: ReaderQuery,
    path: AudiencePath | None,
    order: Order,
    *,
    older_than: int | None,
    newer_than: int | None,
    limit: int,
) -> list[Listed]:
    """A page of at most `limit`: what follows one subscriber's id, or what precedes it."""
    is_forward = newer_than is None
    edge = older_than if is_forward else newer_than
    columns = _columns(query, order, path)
    down = (order in _DOWN) == is_forward
    is_by_address = columns == (Subscriber.address_key,)
    is_through = is_by_address or (columns == _BY_JOINING and not _has_days(query))
    wanted = _readers(session, query, is_by_address=is_by_address, is_through=is_through)
    if path and not is_by_address:
        wanted = path.joined_to(wanted)
    if edge is not None:
        at = _place(session, query.newsletter_id, edge, columns)
        wanted = wanted.where(_is_beyond(columns, at, down=down))
    wanted = wanted.order_by(*(column.desc() if down else column for column in columns))
    listed = [_listed(row) for row in session.execute(wanted.limit(limit))]
    return listed if is_forward else listed[::-1]


def _columns(query: ReaderQuery, order: Order, path: AudiencePath | None) -> _Columns:
    """What the page is sorted by. An index has it, unless another one led to few.

    A path that is walked has the order in which they came onto the list, not that of joining.
    """
    is_few = path is not None and path.is_few
    if order in (Order.ADDRESS, Order.ADDRESS_DOWN):
        return (func.coalesce(Subscriber.address_key, ""),) if is_few else (Subscriber.address_key,)
    if is_few:
        return _FEW_BY_JOINING
    walked = path.walk if path else None
    if walked is None or _has_days(query):
        return _BY_JOINING
    return (walked,)


def _has_days(query: ReaderQuery) -> bool:
    """The index of joining begins or ends at one of them."""
    return bool(joined_clauses(query.audience, query.zone))


def _place(
    session: Session, newsletter_id: int, subscriber_id: int, columns: _Columns
) -> Sequence[Any]:
    """Of the subscriber at the edge of a page: the link to the next one has only the id. For one
    who is gone, the first place.
    """
    if len(columns) == 1 and columns[0].type.python_type is int:
        return (subscriber_id,)
    found = session.execute(
        select(*columns)
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.subscriber_id == subscriber_id,
        )
    ).one_or_none()
    return found or ()


def _is_beyond(columns: _Columns, at: Sequence[Any], *, down: bool) -> ColumnElement[bool]:
    if not at:
        return false()
    place, edge = tuple_(*columns), tuple_(*at)
    return place < edge if down else place > edge


def count_readers(
    session: Session, query: ReaderQuery, path: AudiencePath | None, most: int
) -> int:
    """At most `most`, which are counted quickly in a list of any length."""
    wanted = _readers(session, query)
    wanted = path.counting(wanted) if path else wanted
    found = wanted.with_only_columns(Subscription.id, maintain_column_froms=True).limit(most)
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


def _readers(
    session: Session,
    query: ReaderQuery,
    *,
    is_by_address: bool = False,
    is_through: bool = False,
) -> Select[*tuple[Any, ...]]:
    """With `is_through`, the index of the order is gone through instead of sorting all of them:
    with `is_by_address`, that of the addresses.
    """
    ours, *conditions = audience_clauses(session, query.audience, query.newsletter_id, query.zone)
    if is_by_address:
        ours = beside_index(session, Subscription.newsletter_id) == query.newsletter_id
        ours = mostly(session, ours)
    if is_through:
        conditions = [mostly(session, one) for one in conditions]
    wanted = (
        select(
            Subscription.subscriber_id,
            Subscriber.address,
            Subscription.name,
            Subscription.attributes,
            Subscription.tags,
            Subscription.state,
            Subscription.state_at,
            Subscription.state_how,
            Subscription.created_at,
        )
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.erased_at.is_(None), ours, *conditions)
    )
    if query.only is not None:
        wanted = wanted.where(Subscription.subscriber_id.in_(query.only))
    return wanted.where(_matches(session, query)) if query.search else wanted


def _matches(session: Session, query: ReaderQuery) -> ColumnElement[bool]:
    key, search = address_key(query.search), query.search
    if _is_whole_address(key):
        return Subscriber.address_key == key
    by_address = [Subscriber.address_key.contains(key, autoescape=True)]
    if not search.isascii():  # a part of a domain, which its key has as an A-label
        by_address.append(Subscriber.address.contains(search.lower(), autoescape=True))
    by_name = Subscription.name.icontains(search, autoescape=True)
    if session.get_bind().dialect.name == "sqlite":
        return or_(*by_address, by_name)
    return _matches_by_index(session, query.newsletter_id, or_(*by_address), by_name)


def _matches_by_index(
    session: Session, newsletter_id: int, by_address: ColumnElement[bool], by_name: Any
) -> ColumnElement[bool]:
    """PostgreSQL has an index of parts for each table, but no plan that joins them by itself.

    If many match, going through all subscribers fills a page sooner.
    """
    ours = Subscription.newsletter_id == newsletter_id
    found = union_all(
        select(Subscriber.id).where(by_address),
        select(Subscription.subscriber_id).where(ours, by_name),
    )
    some = found.limit(FEW + 1).subquery()
    if (session.scalar(select(func.count()).select_from(some)) or 0) > FEW:
        return or_(by_address, by_name)
    return Subscription.subscriber_id.in_(found)


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

"""Compares the rows of a file with existing subscribers, and applies changes in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.domain.readers.subscriber_rows import Row
from newsletter.store.events import Change
from newsletter.store.models import Consent, Subscriber, Subscription
from newsletter.store.readers.states import change_states

_IMPORTS = 0x696D706F7274
"""The number of their lock; no other part of the service takes one."""


@dataclass(frozen=True, slots=True)
class Known:
    """An existing subscriber and their subscription. `state` is None if there is none."""

    subscriber_id: int
    name: str
    attributes: dict[str, Any]
    subscription_id: int | None
    state: SubscriptionState | None
    state_at: datetime | None
    tags: list[str]
    has_withdrawn: bool


@dataclass(frozen=True, slots=True)
class ReaderUpdate:
    """How a row changes an existing subscriber. `confirms` a pending subscription."""

    row: Row
    known: Known
    name: str
    attributes: dict[str, Any]
    tags: list[str]
    confirms: bool

    @property
    def is_different(self) -> bool:
        known = self.known
        return (self.name, self.attributes, self.tags) != (
            known.name,
            known.attributes,
            known.tags,
        )


def find_known(
    session: Session, newsletter_id: int, ids: Sequence[int], *, lock: bool
) -> dict[str, Known]:
    """Existing subscribers by address key. `lock` locks them against suppression and erasure."""
    if not ids:
        return {}
    if lock:
        _lock(session, ids)
    return {
        row.address_key: Known(
            subscriber_id=row.id,
            name=row.name or "",
            attributes=row.attributes or {},
            subscription_id=row.subscription_id,
            state=SubscriptionState(row.state) if row.state else None,
            state_at=row.state_at,
            tags=row.tags or [],
            has_withdrawn=bool(row.has_withdrawn),
        )
        for row in session.execute(_with_subscriptions(session, newsletter_id, ids))
    }


def _lock(session: Session, ids: Sequence[int]) -> None:
    session.execute(
        select(Subscriber.id)
        .where(_is_one_of(session, ids))
        .order_by(Subscriber.id)
        .with_for_update(key_share=True)
    )


def _with_subscriptions(session: Session, newsletter_id: int, ids: Sequence[int]) -> Select[Any]:
    """Subscribers that have an address, each with the subscription to the newsletter, if any."""
    has_withdrawn = exists().where(
        Consent.subscription_id == Subscription.id,
        Consent.kind.in_((ConsentKind.WITHDRAWN, ConsentKind.SUPPRESSED)),
        Subscription.state == SubscriptionState.PENDING,
    )
    is_theirs = and_(
        Subscription.subscriber_id == Subscriber.id,
        Subscription.newsletter_id == newsletter_id,
    )
    return (
        select(
            Subscriber.address_key,
            Subscriber.id,
            Subscription.id.label("subscription_id"),
            Subscription.name,
            Subscription.attributes,
            Subscription.state,
            Subscription.state_at,
            Subscription.tags,
            has_withdrawn.label("has_withdrawn"),
        )
        .outerjoin(Subscription, is_theirs)
        .where(_is_one_of(session, ids), Subscriber.address_key.is_not(None))
    )


def wait_for_other_imports(session: Session) -> None:
    """Until the commit no other import writes.

    Two lists with the same people in another order would each wait for a row of the other one.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_IMPORTS)))


def confirmations(session: Session, subscription_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these readers last confirmed the subscription themselves, if ever."""
    if not subscription_ids:
        return {}
    rows = session.execute(
        select(Consent.subscription_id, func.max(Consent.at).label("at"))
        .where(Consent.subscription_id.in_(subscription_ids), Consent.kind == ConsentKind.CONFIRMED)
        .group_by(Consent.subscription_id)
    )
    return {row.subscription_id: row.at for row in rows}


def _is_one_of(session: Session, ids: Sequence[int]) -> ColumnElement[bool]:
    """For PostgreSQL as one array, because its driver parses every placeholder each time."""
    if session.get_bind().dialect.name != "postgresql":
        return Subscriber.id.in_(ids)
    return Subscriber.id == func.any(literal(list(ids), postgresql.ARRAY(BigInteger)))


def insert_evidence(session: Session, evidence: list[dict[str, Any]]) -> None:
    """Each with subscription_id, kind, at, how and actor."""
    if evidence:
        session.execute(_insert(session, Consent), evidence)


def apply_updates(
    session: Session, updates: Sequence[ReaderUpdate], change: Change, *, how: str
) -> None:
    """`change` is what happens to subscriptions that were pending: the import confirms them."""
    _update_each(
        session,
        [
            {
                "b_id": c.known.subscription_id,
                "b_name": c.name,
                "b_attributes": c.attributes,
                "b_tags": c.tags,
            }
            for c in updates
            if c.is_different
        ],
    )
    confirmed = [c.known.subscription_id for c in updates if c.confirms]
    if confirmed:
        change_states(
            session,
            Subscription.id.in_(confirmed),
            {SubscriptionState.PENDING},
            SubscriptionState.ACTIVE,
            change,
            how=how,
        )


def _update_each(session: Session, values: list[dict[str, Any]]) -> None:
    if not values:
        return
    table: Any = Subscription.__table__
    columns = ("name", "attributes", "tags")
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("b_id"))
        .values(
            {column: bindparam(f"b_{column}", type_=table.c[column].type) for column in columns}
        ),
        values,
    )


def _insert(session: Session, model: type[Any]) -> Any:
    """The INSERT of the dialect: only these support ON CONFLICT."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)

"""Lists of suppressed addresses: pages, exports, and what an import of them needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import Session

from newsletter.store.models import Newsletter, Subscriber, Subscription, Suppression
from newsletter.store.readers.suppressions import holds_for

_READERS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class ListedSuppression:
    """`address` is "" where only its hash is known, `newsletter` "" where it holds for all."""

    id: int
    address: str
    address_hash: str
    subscriber_id: int | None
    newsletter: str
    reason: str
    source: str
    detail: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Whose:
    """Suppressions that hold for a newsletter; without an id, all of any newsletter.

    With `only_own` those for all newsletters are left out, unless they are of someone who has
    subscribed to this one: the others' addresses are none of its business.
    """

    newsletter_id: int | None = None
    only_own: bool = False


def newest_suppressions(
    session: Session,
    whose: Whose,
    *,
    reason: str,
    older_than: int | None,
    limit: int,
) -> list[ListedSuppression]:
    wanted = _listed().where(_are_of(whose)).order_by(Suppression.id.desc()).limit(limit)
    if reason:
        wanted = wanted.where(Suppression.reason == reason)
    if older_than is not None:
        wanted = wanted.where(Suppression.id < older_than)
    return _lines(session, wanted)


def suppressions_after(
    session: Session, whose: Whose, last_id: int, limit: int
) -> list[ListedSuppression]:
    """The oldest first, for an export."""
    wanted = _listed().where(_are_of(whose), Suppression.id > last_id)
    return _lines(session, wanted.order_by(Suppression.id).limit(limit))


def suppressions_by_id(
    session: Session, ids: Collection[int], whose: Whose
) -> list[ListedSuppression]:
    wanted = _listed().where(_are_of(whose), Suppression.id.in_(ids))
    return _lines(session, wanted.order_by(Suppression.id))


def subscribers_by_key(session: Session, keys: Iterable[str]) -> dict[str, Subscriber]:
    found = session.scalars(select(Subscriber).where(Subscriber.address_key.in_(list(keys))))
    return {one.address_key: one for one in found if one.address_key}


def pages_of_subscribers(session: Session) -> Iterator[list[tuple[int, str]]]:
    """All that have an address: (id, address)."""
    last = 0
    while True:
        page = session.execute(
            select(Subscriber.id, Subscriber.address)
            .where(Subscriber.id > last, Subscriber.address.is_not(None))
            .order_by(Subscriber.id)
            .limit(_READERS_AT_ONCE)
        ).all()
        if not page:
            return
        yield [(row.id, row.address or "") for row in page]
        last = page[-1].id


def _listed() -> Select[Suppression, str | None, str | None]:
    return (
        select(Suppression, Subscriber.address, Newsletter.slug)
        .outerjoin(Subscriber, Subscriber.id == Suppression.subscriber_id)
        .outerjoin(Newsletter, Newsletter.id == Suppression.newsletter_id)
    )


def _are_of(whose: Whose) -> ColumnElement[bool]:
    if whose.newsletter_id is None:
        return true()
    if not whose.only_own:
        return holds_for(whose.newsletter_id)
    subscribed = exists().where(
        Subscription.subscriber_id == Suppression.subscriber_id,
        Subscription.newsletter_id == whose.newsletter_id,
    )
    for_this = Suppression.newsletter_id == whose.newsletter_id
    return or_(for_this, and_(Suppression.newsletter_id.is_(None), subscribed))


def _lines(
    session: Session, wanted: Select[Suppression, str | None, str | None]
) -> list[ListedSuppression]:
    return [
        ListedSuppression(
            id=row.id,
            address=address or "",
            address_hash=row.address_hash,
            subscriber_id=row.subscriber_id if address else None,
            newsletter=slug or "",
            reason=row.reason,
            source=row.source,
            detail=row.detail,
            actor=row.actor,
            at=row.at,
        )
        for row, address, slug in session.execute(wanted)
    ]

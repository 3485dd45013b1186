"""Lists of suppressed addresses: pages, exports, and what an import of them needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from newsletter.store.models import Newsletter, Subscriber, Suppression
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


def newest_suppressions(
    session: Session,
    newsletter_id: int | None,
    *,
    reason: str,
    older_than: int | None,
    limit: int,
) -> list[ListedSuppression]:
    """Those that hold for a newsletter, or all of any newsletter."""
    wanted = _listed().order_by(Suppression.id.desc()).limit(limit)
    if newsletter_id is not None:
        wanted = wanted.where(holds_for(newsletter_id))
    if reason:
        wanted = wanted.where(Suppression.reason == reason)
    if older_than is not None:
        wanted = wanted.where(Suppression.id < older_than)
    return _lines(session, wanted)


def suppressions_after(
    session: Session, newsletter_id: int | None, last_id: int, limit: int
) -> list[ListedSuppression]:
    """The oldest first, for an export."""
    wanted = _listed().where(Suppression.id > last_id).order_by(Suppression.id).limit(limit)
    if newsletter_id is not None:
        wanted = wanted.where(holds_for(newsletter_id))
    return _lines(session, wanted)


def suppressions_by_id(session: Session, ids: Collection[int]) -> list[ListedSuppression]:
    return _lines(session, _listed().where(Suppression.id.in_(ids)).order_by(Suppression.id))


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

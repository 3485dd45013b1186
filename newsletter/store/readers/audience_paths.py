"""Which index leads to the subscribers of an audience.

It may lead to a few more: the clauses of audiences.py are what must hold. An index that leads to
few is read to its end, whatever the order of a page. Of those that lead to many, one is walked in
the order of subscribers, so that a page is soon full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.audiences import FEEDBACK, SOURCES, Audience, Kind
from newsletter.store.models import (
    Consent,
    FeedbackRow,
    SubscriberAttribute,
    Subscription,
    SubscriptionTag,
)
from newsletter.store.readers.audiences import Clause, joined_clauses, reader_clauses

FEW = 10_000
SOME = 100_000
"""So many are still counted quicker by their ids than one by one."""
_KEY_LENGTH = 100
"""So many characters of a tag, a name or a value are in their index."""


@dataclass(frozen=True, slots=True)
class AudiencePath:
    """`ids` are those of subscribers. There are about as many as rows of `counted`, at most
    SOME + 1 of which are counted.
    """

    ids: Select[Any]
    counted: Select[Any]
    walk: InstrumentedAttribute[Any] | None = None
    """Has each subscriber once, in order, where `on` holds."""
    on: Clause | None = None
    size: int = 0

    @property
    def is_few(self) -> bool:
        return self.size <= FEW

    def joined_to(self, wanted: Select[Any]) -> Select[Any]:
        """A query that has Subscription, along this path."""
        if self.is_few or self.walk is None or self.on is None:
            return wanted.where(*self.clauses)
        return wanted.join(self.walk.class_, self.walk == Subscription.subscriber_id).where(self.on)

    def counting(self, wanted: Select[Any]) -> Select[Any]:
        """The same for a query whose rows may come in any order."""
        if self.walk is None and self.size <= SOME:
            return wanted.where(Subscription.subscriber_id.in_(self.ids))
        return self.joined_to(wanted)

    @property
    def sampled(self) -> InstrumentedAttribute[Any]:
        """The column that has the subscriber's id, in the order in which rows are read."""
        is_walked = self.walk is not None and not self.is_few
        return self.walk if self.walk is not None and is_walked else Subscription.subscriber_id

    @property
    def clauses(self) -> list[Clause]:
        return [Subscription.subscriber_id.in_(self.ids)] if self.is_few else []


def narrowest_path(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> AudiencePath | None:
    """The one that leads to the fewest; of those that lead to many, one that can be walked. None if
    no index knows any of the conditions.
    """
    paths = [_measured(session, path) for path in _paths(audience, newsletter_id, zone)]
    return min(paths, key=lambda path: (min(path.size, FEW + 1), path.walk is None), default=None)


def narrowed_readers(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> list[Clause]:
    """The active subscriptions of the audience, where they are few by their ids."""
    path = narrowest_path(session, audience, newsletter_id, zone)
    found = reader_clauses(session, audience, newsletter_id, zone)
    return [*path.clauses, *found] if path else found


def count_sample(
    session: Session, clauses: Sequence[Clause], one_in: int, path: AudiencePath | None = None
) -> int:
    """How many subscriptions of one in so many subscribers the clauses hold for, along a path."""
    counted = select(func.count(Subscription.id)).where(*clauses)
    if path is None:
        counted = counted.where(*_sample(Subscription.subscriber_id, one_in))
    else:
        counted = path.joined_to(counted).where(*_sample(path.sampled, one_in))
    return session.scalar(counted) or 0


def in_sample(clauses: Sequence[Clause], one_in: int) -> Clause:
    """Subscribers for whose subscription, of whichever newsletter, the clauses hold."""
    sample = _sample(Subscription.subscriber_id, one_in)  # SQLite finds all of these first
    theirs = select(Subscription.subscriber_id).where(*sample, *clauses)
    return Subscription.subscriber_id.in_(theirs.correlate(None))


def _sample(column: InstrumentedAttribute[Any], one_in: int) -> list[Clause]:
    return [column % one_in == 0] if one_in > 1 else []


def _measured(session: Session, path: AudiencePath) -> AudiencePath:
    most = SOME if path.walk is None else FEW
    some = path.counted.limit(most + 1).subquery()
    return replace(path, size=session.scalar(select(func.count()).select_from(some)) or 0)


def _paths(audience: Audience, newsletter_id: int, zone: str) -> Iterator[AudiencePath]:
    ours = Subscription.newsletter_id == newsletter_id
    if tags := audience.values(Kind.TAG):
        keys = _keys(tags)
        of_tag = (
            SubscriptionTag.newsletter_id == newsletter_id,
            _is_one(SubscriptionTag.tag, keys),
        )
        yield _walked(SubscriptionTag.subscriber_id, of_tag, is_single=len(keys) == 1)
    for name, values in audience.attributes.items():
        keys, known = _keys(values), SubscriberAttribute
        named = known.name == name[:_KEY_LENGTH]
        of_value = (named, _is_one(known.value, keys)) if keys else (named,)
        yield _walked(known.subscriber_id, of_value, is_single=len(keys) == 1)
    if states := audience.values(Kind.STATE):
        yield _read(Subscription.subscriber_id, (ours, Subscription.state.in_(states)))
    if joined := joined_clauses(audience, zone):
        yield _read(Subscription.subscriber_id, (ours, *joined))
    if verdicts := [one for said in audience.values(Kind.FEEDBACK) for one in FEEDBACK[said]]:
        about = (FeedbackRow.newsletter_id == newsletter_id, FeedbackRow.verdict.in_(verdicts))
        yield _read(FeedbackRow.subscriber_id, about)
    if kinds := [kind for source in audience.values(Kind.SOURCE) for kind in SOURCES[source]]:
        evidence = select(Consent.subscription_id).where(Consent.kind.in_(kinds))
        ids = select(Subscription.subscriber_id).where(ours, Subscription.id.in_(evidence))
        yield AudiencePath(ids.correlate(None), evidence)


def _walked(
    column: InstrumentedAttribute[Any], clauses: Sequence[Clause], *, is_single: bool
) -> AudiencePath:
    path = _read(column, clauses)
    return replace(path, walk=column, on=and_(*clauses)) if is_single else path


def _read(column: InstrumentedAttribute[Any], clauses: Sequence[Clause]) -> AudiencePath:
    ids = select(column).where(*clauses).correlate(None)
    return AudiencePath(ids, ids)


def _keys(values: Sequence[str]) -> list[ColumnElement[str] | str]:
    """As the database writes them in lower case, which is not as Python does beyond ASCII."""
    found: dict[str, ColumnElement[str] | str] = {}
    for value in values:
        found[value.lower()] = value.lower()[:_KEY_LENGTH]
        if not value.isascii():
            found[f"={value}"] = func.substr(func.lower(value), 1, _KEY_LENGTH)
    return list(found.values())


def _is_one(column: InstrumentedAttribute[str], keys: Sequence[Any]) -> Clause:
    return column == keys[0] if len(keys) == 1 else column.in_(keys)

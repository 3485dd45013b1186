"""Which index leads to the subscribers of an audience.

It knows one kind of condition: the clauses of audiences.py must hold as well. One that leads to few
is read to its end, whatever the order of a page. Of those that lead to many, one is walked in the
order of subscribers, so that a page is soon full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.readers.audiences import FEEDBACK, SOURCES, Audience, Kind
from newsletter.store.models import (
    Consent,
    FeedbackRow,
    LastMailed,
    Subscription,
    SubscriptionAttribute,
    SubscriptionTag,
)
from newsletter.store.planner import beside_index, mostly
from newsletter.store.readers.audiences import (
    Clause,
    attribute_rows,
    index_keys,
    joined_clauses,
    not_mailed_rows,
    reader_clauses,
    tag_rows,
)

FEW = 10_000
SOME = 100_000
"""So many are still counted quicker by their ids than one by one."""


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
    def clauses(self) -> list[Clause]:
        return [Subscription.subscriber_id.in_(self.ids)] if self.is_few else []


def narrowest_path(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> AudiencePath | None:
    """The one that leads to the fewest; of those that lead to many, one that can be walked. None if
    no index knows any of the conditions.
    """
    best: AudiencePath | None = None
    for path in _paths(session, audience, newsletter_id, zone):
        measured = _measured(session, path, best)
        if best is None or _rank(measured) < _rank(best):
            best = measured
    return best


def _rank(path: AudiencePath) -> tuple[int, bool]:
    return min(path.size, FEW + 1), path.walk is None


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
    counted = select(func.count(Subscription.id))
    return session.scalar(_along(session, counted, clauses, one_in, path)) or 0


def sample_of(
    session: Session, clauses: Sequence[Clause], one_in: int, path: AudiencePath | None = None
) -> frozenset[int]:
    """The subscribers whom `count_sample` counts."""
    ids = select(Subscription.subscriber_id)
    return frozenset(session.scalars(_along(session, ids, clauses, one_in, path)))


def _along(
    session: Session,
    wanted: Select[Any],
    clauses: Sequence[Clause],
    one_in: int,
    path: AudiencePath | None,
) -> Select[Any]:
    if path is None or path.is_few or path.walk is None:
        wanted = wanted.where(*_sample(Subscription.subscriber_id, one_in), *clauses)
    else:  # from the path on, and not from an index of subscriptions
        wanted = wanted.where(*_sample(path.walk, one_in))
        wanted = wanted.where(*(mostly(session, clause) for clause in clauses))
    return path.joined_to(wanted) if path else wanted


def in_sample(clauses: Sequence[Clause], one_in: int) -> Clause:
    """Subscribers for whose subscription, of whichever newsletter, the clauses hold."""
    sample = _sample(Subscription.subscriber_id, one_in)  # SQLite finds all of these first
    theirs = select(Subscription.subscriber_id).where(*sample, *clauses)
    return Subscription.subscriber_id.in_(theirs.correlate(None))


def _sample(column: InstrumentedAttribute[Any], one_in: int) -> list[Clause]:
    return [column % one_in == 0] if one_in > 1 else []


def _measured(session: Session, path: AudiencePath, best: AudiencePath | None) -> AudiencePath:
    """As far as it matters beside the best one so far."""
    most = SOME if path.walk is None else FEW
    if best and best.is_few:
        most = best.size
    some = path.counted.limit(most + 1).subquery()
    return replace(path, size=session.scalar(select(func.count()).select_from(some)) or 0)


def _paths(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> Iterator[AudiencePath]:
    ours = Subscription.newsletter_id == newsletter_id
    if tags := audience.values(Kind.TAG):
        is_single = len(index_keys(tags)) == 1
        rows = tag_rows(tags, newsletter_id)
        yield _walked(SubscriptionTag.subscriber_id, rows, is_single=is_single)
    for name, values in audience.attributes.items():
        is_single = len(index_keys(values)) == 1
        rows = attribute_rows(name, values, newsletter_id)
        yield _walked(SubscriptionAttribute.subscriber_id, rows, is_single=is_single)
    if not_mailed := not_mailed_rows(audience, newsletter_id, zone):
        yield _read(LastMailed.subscriber_id, not_mailed)
    if states := audience.values(Kind.STATE):
        yield _read(Subscription.subscriber_id, (ours, Subscription.state.in_(states)))
    if joined := joined_clauses(audience, zone):
        yield _read(Subscription.subscriber_id, (ours, *joined))
    if verdicts := [one for said in audience.values(Kind.FEEDBACK) for one in FEEDBACK[said]]:
        about = (FeedbackRow.newsletter_id == newsletter_id, FeedbackRow.verdict.in_(verdicts))
        yield _read(FeedbackRow.subscriber_id, about)
    if kinds := [kind for source in audience.values(Kind.SOURCE) for kind in SOURCES[source]]:
        evidence = select(Consent.subscription_id).where(Consent.kind.in_(kinds))
        of_ours = beside_index(session, Subscription.newsletter_id) == newsletter_id
        ids = select(Subscription.subscriber_id).where(of_ours, Subscription.id.in_(evidence))
        yield AudiencePath(ids.correlate(None), evidence)


def _walked(
    column: InstrumentedAttribute[Any], clauses: Sequence[Clause], *, is_single: bool
) -> AudiencePath:
    path = _read(column, clauses)
    return replace(path, walk=column, on=and_(*clauses)) if is_single else path


def _read(column: InstrumentedAttribute[Any], clauses: Sequence[Clause]) -> AudiencePath:
    ids = select(column).where(*clauses).correlate(None)
    return AudiencePath(ids, ids)

"""How the copies of an edition ended by recipient domain: counted when its issue has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.store.models import Delivery, Edition, EditionDomain, Issue, Subscriber

MOST_DOMAINS = 50
OTHERS = ""
"""Stands for all domains but the largest, and for readers who were erased."""
_ENDED = (IssueState.SENT, IssueState.CANCELLED)
_FAILED = (DeliveryState.FAILED, DeliveryState.EXPIRED)


@dataclass(frozen=True, slots=True)
class DomainCount:
    domain: str
    copies: int
    accepted: int
    failed: int


def editions_to_count(session: Session, ended_since: datetime) -> list[int]:
    """Of issues that ended since then, or are not counted yet: a resend ends an issue again."""
    is_counted = exists().where(EditionDomain.edition_id == Edition.id)
    rows = session.scalars(
        select(Edition.id)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Issue.state.in_(_ENDED), or_(~is_counted, Issue.state_at >= ended_since))
        .order_by(Edition.id)
    )
    return list(rows)


def count_domains(session: Session, edition_id: int, one_in: int = 1) -> list[DomainCount]:
    """The largest, and one line for all others; estimated from one in so many subscribers."""
    domain = domain_of_address(session, Subscriber.address)
    sample = [Delivery.subscriber_id % one_in == 0] if one_in > 1 else []
    sums = (
        func.count().label("copies"),
        func.sum(case((Delivery.state == DeliveryState.ACCEPTED, 1), else_=0)),
        func.sum(case((Delivery.state.in_(_FAILED), 1), else_=0)),
    )
    copies = (
        select(domain.label("domain"), *sums)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.edition_id == edition_id, *sample)
        .group_by("domain")
        .order_by(func.count().desc(), "domain")
    )
    found = [
        DomainCount(row[0] or OTHERS, *(int(count) * one_in for count in row[1:]))
        for row in session.execute(copies)
    ]
    named = [one for one in found if one.domain != OTHERS][:MOST_DOMAINS]
    names = {one.domain for one in named}
    rest = [one for one in found if one.domain not in names]
    return [*named, _sum(OTHERS, rest)] if rest else named


def keep_domains(session: Session, edition_id: int, counts: Sequence[DomainCount]) -> None:
    session.execute(delete(EditionDomain).where(EditionDomain.edition_id == edition_id))
    if counts:
        session.execute(
            insert(EditionDomain), [{"edition_id": edition_id, **asdict(one)} for one in counts]
        )


def kept_domains(session: Session, edition_ids: Sequence[int]) -> list[DomainCount]:
    """All editions together, the largest first."""
    rows = session.execute(
        select(
            EditionDomain.domain,
            func.sum(EditionDomain.copies),
            func.sum(EditionDomain.accepted),
            func.sum(EditionDomain.failed),
        )
        .where(EditionDomain.edition_id.in_(edition_ids))
        .group_by(EditionDomain.domain)
    )
    found = [DomainCount(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows]
    return sorted(found, key=lambda one: (one.domain == OTHERS, -one.copies, one.domain))


def accepted_by_edition(session: Session, edition_ids: Sequence[int]) -> dict[int, int]:
    """Of those that were counted."""
    rows = session.execute(
        select(EditionDomain.edition_id, func.sum(EditionDomain.accepted))
        .where(EditionDomain.edition_id.in_(edition_ids))
        .group_by(EditionDomain.edition_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _sum(domain: str, counts: Iterable[DomainCount]) -> DomainCount:
    every = list(counts)
    return DomainCount(
        domain,
        sum(one.copies for one in every),
        sum(one.accepted for one in every),
        sum(one.failed for one in every),
    )


def domain_of_address(
    session: Session, address: InstrumentedAttribute[str | None]
) -> ColumnElement[Any]:
    """In lower case."""
    if session.get_bind().dialect.name == "sqlite":
        return func.lower(func.substr(address, func.instr(address, "@") + 1))
    return func.lower(func.split_part(address, "@", 2))

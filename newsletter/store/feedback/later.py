"""What came back of accepted copies: counted, listed, and by recipient domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from newsletter.domain.feedback.blocks import words_of
from newsletter.domain.feedback.later_facts import (
    TOLD_FROM_COPIES,
    DomainBounces,
    LaterFacts,
    LaterKind,
)
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.store.clicks.edition_domains import domain_of_address
from newsletter.store.feedback.consequences import copies_taken, feedback_of
from newsletter.store.models import Edition, FeedbackRow, Subscriber

_V = FeedbackVerdict
_GRAVITY = {_V.SOFT: 1, _V.BLOCKED: 2, _V.HARD: 3}
_OTHERS = (_V.COMPLAINT, _V.UNSUBSCRIBE, _V.DELAY, _V.AUTOMATIC, _V.REPLY)
_DOMAINS_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class Said:
    """One fact about a copy. `address` is "" once erased; `number` None for another mail."""

    id: int
    subscriber_id: int
    address: str
    issue_id: int | None
    number: int | None
    at: datetime
    verdict: str
    words: str
    rule: str


def later_facts(session: Session, edition_id: int) -> LaterFacts:
    gravest = func.max(case(_GRAVITY, value=FeedbackRow.verdict)).label("gravest")
    bounced = (
        select(FeedbackRow.subscriber_id, gravest)
        .where(FeedbackRow.edition_id == edition_id, _is_bounce())
        .group_by(FeedbackRow.subscriber_id)
        .subquery()
    )
    by_gravity = session.execute(
        select(bounced.c.gravest, func.count()).group_by(bounced.c.gravest)
    )
    counts = {row[0]: row[1] for row in by_gravity}
    others = session.execute(
        select(_kind().label("kind"), func.count(FeedbackRow.subscriber_id.distinct()))
        .where(FeedbackRow.edition_id == edition_id, FeedbackRow.verdict.in_(_OTHERS))
        .group_by("kind")
    )
    return LaterFacts(
        **{verdict.value: counts.get(gravity, 0) for verdict, gravity in _GRAVITY.items()},
        **{row[0]: row[1] for row in others},
    )


def copies_with(
    session: Session, edition_id: int, kind: LaterKind, after: int | None, limit: int
) -> list[Said]:
    """The last fact of each copy that the filter is about, by subscriber."""
    last = (
        select(FeedbackRow.subscriber_id, func.max(FeedbackRow.id).label("id"))
        .where(FeedbackRow.edition_id == edition_id, FeedbackRow.verdict.in_(kind.verdicts))
        .group_by(FeedbackRow.subscriber_id)
        .order_by(FeedbackRow.subscriber_id)
        .limit(limit)
    )
    if kind is LaterKind.SOFT:
        last = last.where(_is_bounce())
    if after is not None:
        last = last.where(FeedbackRow.subscriber_id > after)
    ids = [row.id for row in session.execute(last)]
    return _said(session, FeedbackRow.id.in_(ids), order=FeedbackRow.subscriber_id)


def said_of(session: Session, subscriber_id: int, newsletter_id: int, limit: int) -> list[Said]:
    """About the mail of a newsletter to one subscriber, the newest first."""
    theirs = and_(
        FeedbackRow.subscriber_id == subscriber_id, FeedbackRow.newsletter_id == newsletter_id
    )
    return _said(session, theirs, order=FeedbackRow.id.desc(), limit=limit)


def words_by_edition(
    session: Session, subscriber_id: int, edition_ids: Sequence[int]
) -> dict[int, str]:
    """What was said of a subscriber's copies: the verdicts with the words, the last first."""
    rows = session.scalars(
        select(FeedbackRow)
        .where(FeedbackRow.subscriber_id == subscriber_id, FeedbackRow.edition_id.in_(edition_ids))
        .order_by(FeedbackRow.id.desc())
    )
    said: dict[int, dict[str, None]] = {}
    for row in rows:
        words = f"{row.verdict}: {words_of(feedback_of(row))}"
        said.setdefault(row.edition_id or 0, {})[words] = None
    return {edition_id: "; ".join(words) for edition_id, words in said.items()}


def bounces_by_domain(session: Session, edition: Edition) -> list[DomainBounces]:
    """Domains that sent many copies back, those that sent most of them first."""
    copies = func.count(FeedbackRow.subscriber_id.distinct())
    rows = session.execute(
        select(
            domain_of_address(session, Subscriber.address_key).label("domain"),
            copies,
            func.max(FeedbackRow.id),
        )
        .join(Subscriber, Subscriber.id == FeedbackRow.subscriber_id)
        .where(FeedbackRow.edition_id == edition.id, _is_bounce())
        .where(Subscriber.address_key.is_not(None))
        .group_by("domain")
        .having(copies >= TOLD_FROM_COPIES)
        .order_by(copies.desc(), "domain")
        .limit(_DOMAINS_LOOKED_AT)
    ).all()
    return [
        DomainBounces(
            domain,
            bounced,
            copies_taken(session, edition, domain),
            words_of(feedback_of(session.get_one(FeedbackRow, last))),
        )
        for domain, bounced, last in rows
    ]


def editions_with_feedback(
    session: Session, newsletter_ids: Sequence[int], since: datetime
) -> list[Edition]:
    """Those of which something came back, the newest first."""
    heard = exists().where(FeedbackRow.edition_id == Edition.id)
    return list(
        session.scalars(
            select(Edition)
            .where(Edition.newsletter_id.in_(newsletter_ids), Edition.frozen_at >= since, heard)
            .order_by(Edition.id.desc())
        )
    )


def _is_bounce() -> ColumnElement[bool]:
    """A copy that was reported as delivered after a soft bounce has arrived."""
    later = aliased(FeedbackRow)
    has_arrived = exists().where(
        later.edition_id == FeedbackRow.edition_id,
        later.verdict == _V.DELIVERED,
        later.subscriber_id == FeedbackRow.subscriber_id,
        later.at > FeedbackRow.at,
    )
    is_over = and_(FeedbackRow.verdict == _V.SOFT, has_arrived)
    return and_(FeedbackRow.verdict.in_(list(_GRAVITY)), ~is_over)


def _kind() -> ColumnElement[str]:
    answers = FeedbackRow.verdict.in_((_V.REPLY, _V.AUTOMATIC))
    return case((answers, LaterKind.ANSWER.value), else_=FeedbackRow.verdict)


def _said(
    session: Session,
    which: ColumnElement[bool],
    *,
    order: Any,
    limit: int | None = None,
) -> list[Said]:
    rows = session.execute(
        select(FeedbackRow, Subscriber.address, Edition.issue_id, Edition.number)
        .outerjoin(Subscriber, Subscriber.id == FeedbackRow.subscriber_id)
        .outerjoin(Edition, Edition.id == FeedbackRow.edition_id)
        .where(which)
        .order_by(order)
        .limit(limit)
    )
    return [
        Said(
            id=row.id,
            subscriber_id=row.subscriber_id or 0,
            address=address or "",
            issue_id=issue_id,
            number=number,
            at=row.at,
            verdict=row.verdict,
            words=words_of(feedback_of(row)),
            rule=row.rule,
        )
        for row, address, issue_id, number in rows
    ]

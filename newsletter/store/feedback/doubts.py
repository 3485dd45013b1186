"""Doubts about dead addresses that came back in masses, and the copies they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from newsletter.domain.feedback.doubts import Decision
from newsletter.domain.feedback.inbound import ReportedCopy
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Doubt, Edition, FeedbackRow, Subscriber, Subscription
from newsletter.store.upserts import insert_if_missing


def find_doubts(session: Session, edition_id: int, domain: str) -> list[Doubt]:
    """Those about mail to this recipient domain."""
    return [one for one in doubts_of(session, edition_id) if one.domain in {"", domain}]


def doubts_of(session: Session, edition_id: int) -> Sequence[Doubt]:
    return session.scalars(
        select(Doubt).where(Doubt.edition_id == edition_id).order_by(Doubt.id)
    ).all()


def open_doubts(
    session: Session, newsletter_ids: Sequence[int], since: datetime | None = None
) -> list[tuple[Doubt, Edition]]:
    wanted = (
        select(Doubt, Edition)
        .join(Edition, Edition.id == Doubt.edition_id)
        .where(Doubt.decision == Decision.OPEN, Edition.newsletter_id.in_(newsletter_ids))
        .order_by(Doubt.id.desc())
    )
    if since is not None:
        wanted = wanted.where(Doubt.since >= since)
    return [(row[0], row[1]) for row in session.execute(wanted)]


def add_doubt(  # noqa: PLR0913  each is a column
    session: Session,
    edition_id: int,
    domain: str,
    *,
    dead: int,
    taken: int,
    words: str,
    now: datetime,
) -> None:
    insert_if_missing(
        session,
        Doubt,
        ["edition_id", "domain"],
        edition_id=edition_id,
        domain=domain,
        since=now,
        dead=dead,
        taken=taken,
        words=words,
        decision=Decision.OPEN,
        decided_by="",
    )


def count_dead(session: Session, edition_id: int, most: int) -> int:
    """Copies that came back as dead addresses. Counts no further than `most`."""
    dead = (
        select(FeedbackRow.subscriber_id)
        .where(FeedbackRow.edition_id == edition_id, FeedbackRow.verdict == FeedbackVerdict.HARD)
        .distinct()
        .limit(most)
    )
    return session.scalar(select(func.count()).select_from(dead.subquery())) or 0


def dead_in(session: Session, edition_id: int, domain: str) -> tuple[int, int]:
    """Copies that came back as dead addresses: those of the recipient domain, and all."""
    is_there = Subscriber.address_key.endswith(f"@{domain}", autoescape=True)
    dead = (
        select(Subscriber.id, is_there.label("is_there"))
        .join(FeedbackRow, FeedbackRow.subscriber_id == Subscriber.id)
        .where(
            FeedbackRow.edition_id == edition_id,
            FeedbackRow.verdict == FeedbackVerdict.HARD,
            Subscriber.address_key.is_not(None),
        )
        .distinct()
        .subquery()
    )
    there = func.sum(case((dead.c.is_there, 1), else_=0))
    row = session.execute(select(there, func.count()).select_from(dead)).one()
    return row[0] or 0, row[1]


def dead_and_active(
    session: Session, edition: Edition, domain: str, after: int, limit: int
) -> list[tuple[FeedbackRow, ReportedCopy]]:
    """What was said of copies of subscribers who still get mail, in the order of the rows."""
    wanted = (
        select(FeedbackRow)
        .join(Subscriber, Subscriber.id == FeedbackRow.subscriber_id)
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(
            FeedbackRow.edition_id == edition.id,
            FeedbackRow.verdict == FeedbackVerdict.HARD,
            FeedbackRow.id > after,
            Subscription.newsletter_id == edition.newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
        .order_by(FeedbackRow.id)
        .limit(limit)
    )
    if domain:
        wanted = wanted.where(Subscriber.address_key.endswith(f"@{domain}", autoescape=True))
    return [
        (row, ReportedCopy(edition.newsletter_id, row.subscriber_id or 0, edition.id))
        for row in session.scalars(wanted)
    ]

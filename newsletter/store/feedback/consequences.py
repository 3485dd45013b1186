"""What is known of copies when one of them comes back: for the rules that say what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.domain.feedback.soft_bounces import LOOK_BACK, CopySent
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.store.models import Delivery, Edition, FeedbackRow, Subscriber, Subscription

_MANY, _ONE_IN = 50_000, 16


def find_subscription(
    session: Session, newsletter_id: int, subscriber_id: int
) -> tuple[Subscription, Subscriber] | None:
    """Locks both, the subscriber first, as suppressing does. None for one who is gone or erased."""
    subscriber = session.scalars(
        select(Subscriber)
        .where(Subscriber.id == subscriber_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if subscriber is None or subscriber.address is None:
        return None
    subscription = session.scalars(
        select(Subscription)
        .where(
            Subscription.subscriber_id == subscriber_id,
            Subscription.newsletter_id == newsletter_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    return (subscription, subscriber) if subscription else None


def copies_since(
    session: Session, newsletter_id: int, subscriber_id: int, since: datetime
) -> list[CopySent]:
    """The copies of one reader of editions since then, the newest first."""
    rows = session.execute(
        select(Delivery, Edition.frozen_at)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Edition.newsletter_id == newsletter_id,
            Edition.frozen_at >= since,
        )
        .order_by(Edition.id.desc())
        .limit(LOOK_BACK)
    ).all()
    said = _said(session, subscriber_id)
    return [_copy(row.Delivery, row.frozen_at, said) for row in rows]


def last_blocked(
    session: Session, edition_id: int, since: datetime, most: int
) -> dict[int, Feedback]:
    """What was said last of the copies that were blocked since then, the latest `most` reports."""
    rows = session.scalars(
        select(FeedbackRow)
        .where(*_blocked(edition_id, since))
        .order_by(FeedbackRow.at.desc(), FeedbackRow.id.desc())
        .limit(most)
    )
    last: dict[int, Feedback] = {}
    for row in rows:
        last.setdefault(row.subscriber_id or 0, feedback_of(row))
    return last


def count_blocked(session: Session, edition_id: int, since: datetime, most: int) -> int:
    """Reports of blocked copies since then. Counts no further than `most`."""
    blocked = select(FeedbackRow.id).where(*_blocked(edition_id, since)).limit(most)
    return session.scalar(select(func.count()).select_from(blocked.subquery())) or 0


def count_blocked_at(session: Session, edition_id: int, since: datetime, domain: str) -> int:
    """Copies for the recipient domain that were blocked since then."""
    count = session.scalar(
        select(func.count(Subscriber.id.distinct()))
        .join(FeedbackRow, FeedbackRow.subscriber_id == Subscriber.id)
        .where(
            *_blocked(edition_id, since),
            Subscriber.address_key.endswith(f"@{domain}", autoescape=True),
        )
    )
    return count or 0


def copies_taken(session: Session, edition: Edition, domain: str = "") -> int:
    """How many copies of the edition were taken, for readers there. Of many, an estimate."""
    one_in = _ONE_IN if edition.active_at_freeze > _MANY else 1
    wanted = select(func.count()).select_from(Delivery)
    if domain:
        wanted = wanted.join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        wanted = wanted.where(Subscriber.address_key.endswith(f"@{domain}", autoescape=True))
    if one_in > 1:
        wanted = wanted.where(Delivery.subscriber_id % one_in == 0)
    taken = (Delivery.edition_id == edition.id, Delivery.state == DeliveryState.ACCEPTED)
    return (session.scalar(wanted.where(*taken)) or 0) * one_in


def feedback_of(row: FeedbackRow) -> Feedback:
    return Feedback(
        recipient=row.recipient,
        verdict=FeedbackVerdict(row.verdict),
        status=row.status,
        reply=row.reply,
        diagnostic=row.diagnostic,
        reason=row.reason,
        rule=row.rule,
    )


def _said(session: Session, subscriber_id: int) -> dict[int, dict[FeedbackVerdict, datetime]]:
    """By edition."""
    rows = session.execute(
        select(FeedbackRow.edition_id, FeedbackRow.verdict, func.max(FeedbackRow.at).label("at"))
        .where(FeedbackRow.subscriber_id == subscriber_id, FeedbackRow.edition_id.is_not(None))
        .group_by(FeedbackRow.edition_id, FeedbackRow.verdict)
    )
    said: dict[int, dict[FeedbackVerdict, datetime]] = defaultdict(dict)
    for row in rows:
        said[row.edition_id][FeedbackVerdict(row.verdict)] = row.at
    return said


def _copy(
    delivery: Delivery, sent_at: datetime, said: dict[int, dict[FeedbackVerdict, datetime]]
) -> CopySent:
    reply = None
    if delivery.reply_code is not None:
        reply = Reply(delivery.reply_code, delivery.reply_text, delivery.reply_enhanced)
    return CopySent(
        sent_at=sent_at,
        state=DeliveryState(delivery.state),
        state_at=delivery.state_at,
        stage=delivery.reply_stage,
        reply=reply,
        said=said.get(delivery.edition_id),
    )


def _blocked(edition_id: int, since: datetime) -> Sequence[ColumnElement[bool]]:
    return (
        FeedbackRow.edition_id == edition_id,
        FeedbackRow.verdict == FeedbackVerdict.BLOCKED,
        FeedbackRow.at >= since,
        FeedbackRow.subscriber_id.is_not(None),
    )

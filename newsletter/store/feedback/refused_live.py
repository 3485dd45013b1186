"""Subscribers whose servers refused a copy while it was sent, for the rule on soft bounces."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.domain.feedback.soft_bounces import NOT_TAKEN
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Delivery, Edition, Issue, Subscription


def sent_after(session: Session, moment: datetime | None) -> list[tuple[Edition, datetime]]:
    """Editions whose issue was sent after it, and when. None: of any time."""
    wanted = (
        select(Edition, Issue.sent_at)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Issue.state == IssueState.SENT, Issue.sent_at.is_not(None))
        .order_by(Issue.sent_at)
    )
    if moment is not None:
        wanted = wanted.where(Issue.sent_at > moment)
    return [(row[0], row[1]) for row in session.execute(wanted) if row[1]]


def refused_of(session: Session, edition_id: int, after: int, limit: int) -> list[tuple[int, str]]:
    """Of an edition, in the order of their ids: active subscribers, and the last reply."""
    rows = session.execute(
        select(
            Delivery.subscriber_id,
            Delivery.reply_code,
            Delivery.reply_text,
            Delivery.reply_enhanced,
        )
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.subscriber_id > after,
            Delivery.state.in_(NOT_TAKEN),
            Delivery.reply_code.is_not(None),
            Subscription.state == SubscriptionState.ACTIVE,
        )
        .order_by(Delivery.subscriber_id)
        .limit(limit)
    )
    return [(row[0], str(Reply(row[1] or 0, row[2], row[3]))) for row in rows]

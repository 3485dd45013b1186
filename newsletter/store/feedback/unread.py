"""Messages that only a person can see to, and that were forwarded to nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.feedback.inbound import WEBHOOKS, InboundState
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import FeedbackRow, InboundMessage, OutboxMessage

_V = FeedbackVerdict
_JUDGED_WITHIN = timedelta(days=1)


def count_unread(session: Session, after: datetime, until: datetime) -> dict[int, int]:
    """By newsletter id, those that were judged then; 0 for what is about none.

    What could not be judged is among them.
    """
    forwarded = select(OutboxMessage.payload["inbound_id"].as_integer()).where(
        OutboxMessage.kind == OutboxKind.REPLY, OutboxMessage.created_at >= after
    )
    is_nobodys = FeedbackRow.subscriber_id.is_(None)
    is_not_understood = and_(FeedbackRow.verdict.in_((_V.UNKNOWN, _V.UNSUBSCRIBE)), is_nobodys)
    is_for_a_person = and_(
        InboundMessage.door.not_in(WEBHOOKS),
        or_(FeedbackRow.verdict == _V.REPLY, is_not_understood),
    )
    newsletter_id = func.coalesce(FeedbackRow.newsletter_id, 0).label("newsletter_id")
    rows = session.execute(
        select(newsletter_id, func.count(InboundMessage.id.distinct()))
        .select_from(InboundMessage)
        .outerjoin(FeedbackRow, FeedbackRow.inbound_id == InboundMessage.id)
        .where(
            InboundMessage.received_at > after - _JUDGED_WITHIN,
            InboundMessage.state_at > after,
            InboundMessage.state_at <= until,
            or_(InboundMessage.state == InboundState.FAILED, is_for_a_person),
            InboundMessage.id.not_in(forwarded),
        )
        .group_by(newsletter_id)
    )
    return {row[0]: row[1] for row in rows}

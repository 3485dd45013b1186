"""What came back, as pages show it: by keyset pages, the newest first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from newsletter.store.models import (
    Edition,
    FeedbackRow,
    InboundMessage,
    Newsletter,
    Subscriber,
)


def lines(  # noqa: PLR0913  what a page can ask for
    session: Session,
    *,
    newsletters: Collection[int] | None,
    limit: int,
    with_unproven: bool = False,
    verdict: str = "",
    before: int | None = None,
    inbound_id: int | None = None,
) -> list[Any]:
    """`newsletters` None is all of them, and what is about none."""
    wanted = (
        select(
            FeedbackRow.id,
            FeedbackRow.inbound_id,
            FeedbackRow.at,
            func.coalesce(InboundMessage.door, ""),
            FeedbackRow.verdict,
            func.coalesce(Subscriber.address, ""),
            FeedbackRow.recipient,
            func.coalesce(Newsletter.slug, ""),
            Edition.issue_id,
            func.coalesce(Edition.subject, ""),
            FeedbackRow.proof,
            FeedbackRow.status,
            FeedbackRow.reply,
            FeedbackRow.diagnostic,
            FeedbackRow.reason,
            FeedbackRow.rule,
        )
        .outerjoin(InboundMessage, InboundMessage.id == FeedbackRow.inbound_id)
        .outerjoin(Subscriber, Subscriber.id == FeedbackRow.subscriber_id)
        .outerjoin(Newsletter, Newsletter.id == FeedbackRow.newsletter_id)
        .outerjoin(Edition, Edition.id == FeedbackRow.edition_id)
        .order_by(FeedbackRow.id.desc())
        .limit(limit)
    )
    if newsletters is not None:
        theirs = FeedbackRow.newsletter_id.in_(newsletters)
        unproven = FeedbackRow.newsletter_id.is_(None)
        wanted = wanted.where(or_(theirs, unproven) if with_unproven else theirs)
    if verdict:
        wanted = wanted.where(FeedbackRow.verdict == verdict)
    if before is not None:
        wanted = wanted.where(FeedbackRow.id < before)
    if inbound_id is not None:
        wanted = wanted.where(FeedbackRow.inbound_id == inbound_id)
    return list(session.execute(wanted))


def is_about_only(session: Session, inbound_id: int, newsletters: Collection[int]) -> bool:
    """Whether nothing in the message is about another newsletter, or may be."""
    others = or_(FeedbackRow.newsletter_id.is_(None), FeedbackRow.newsletter_id.not_in(newsletters))
    wanted = select(FeedbackRow.id).where(FeedbackRow.inbound_id == inbound_id, others).limit(1)
    return session.scalar(wanted) is None


def message(session: Session, inbound_id: int) -> InboundMessage | None:
    return session.get(InboundMessage, inbound_id)

"""What came back, as pages show it: by keyset pages, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, union_all
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
    conditions = []
    if verdict:
        conditions.append(FeedbackRow.verdict == verdict)
    if before is not None:
        conditions.append(FeedbackRow.id < before)
    if inbound_id is not None:
        conditions.append(FeedbackRow.inbound_id == inbound_id)
    if newsletters is not None:
        about = [FeedbackRow.newsletter_id == one for one in newsletters]
        about += [FeedbackRow.newsletter_id.is_(None)] if with_unproven else []
        conditions = [_is_among_latest(about, conditions, limit)]
    return list(session.execute(wanted.where(*conditions)))


def _is_among_latest(
    about: Sequence[ColumnElement[bool]], conditions: Sequence[ColumnElement[bool]], limit: int
) -> ColumnElement[bool]:
    """An index has the rows of one newsletter in their order, and not those of several."""
    if not about:
        return false()
    latest = (
        select(FeedbackRow.id)
        .where(one, *conditions)
        .order_by(FeedbackRow.id.desc())
        .limit(limit)
        .subquery()
        for one in about
    )
    return FeedbackRow.id.in_(union_all(*(select(one.c.id) for one in latest)))


def is_about_only(session: Session, inbound_id: int, newsletters: Collection[int]) -> bool:
    """Whether nothing in the message is about another newsletter, or may be."""
    others = or_(FeedbackRow.newsletter_id.is_(None), FeedbackRow.newsletter_id.not_in(newsletters))
    wanted = select(FeedbackRow.id).where(FeedbackRow.inbound_id == inbound_id, others).limit(1)
    return session.scalar(wanted) is None


def message(session: Session, inbound_id: int) -> InboundMessage | None:
    return session.get(InboundMessage, inbound_id)

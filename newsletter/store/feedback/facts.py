"""What a message says of each recipient: rows that outlive the message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from newsletter.domain.feedback.inbound import ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.store.models import FeedbackRow, InboundMessage


def add_fact(
    session: Session, inbound_id: int | None, at: datetime, feedback: Feedback, whose: Whose
) -> int:
    """The id of the row."""
    copy, feedback = whose.copy, feedback.made_harmless()
    row = FeedbackRow(
        inbound_id=inbound_id,
        at=at,
        newsletter_id=copy.newsletter_id if copy else None,
        edition_id=copy.edition_id if copy else None,
        outbox_id=copy.outbox_id if copy else None,
        subscriber_id=copy.subscriber_id if copy else None,
        proof=whose.proof,
        recipient=feedback.recipient,
        verdict=feedback.verdict,
        status=feedback.status,
        reply=feedback.reply,
        diagnostic=feedback.diagnostic,
        reason=feedback.reason,
        rule=feedback.rule,
    )
    session.add(row)
    session.flush()
    return row.id


def delete_facts(session: Session, inbound_id: int) -> None:
    """Before the message is judged again."""
    session.execute(delete(FeedbackRow).where(FeedbackRow.inbound_id == inbound_id))


def said_by(session: Session, inbound_id: int) -> set[tuple[ReportedCopy | None, str]]:
    """What a message was judged to say before: of which copy, and the verdict."""
    rows = session.scalars(select(FeedbackRow).where(FeedbackRow.inbound_id == inbound_id))
    return {(_copy_of(row), row.verdict) for row in rows}


def is_known(session: Session, copy: ReportedCopy, verdict: FeedbackVerdict) -> bool:
    """Whether some message has said it of this copy."""
    return session.scalar(select(FeedbackRow.id).where(*_said(copy, verdict)).limit(1)) is not None


def forget_what_was_said(session: Session, subscriber_id: int) -> None:
    """Of an erased person: what came back and when stays, words and addresses go."""
    theirs = FeedbackRow.subscriber_id == subscriber_id
    about_them = select(FeedbackRow.inbound_id).where(theirs, FeedbackRow.inbound_id.is_not(None))
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_(about_them))
        .values(content=None, sender="", recipients=[], detail="")
    )
    session.execute(update(FeedbackRow).where(theirs).values(recipient="", diagnostic=""))


def _copy_of(row: FeedbackRow) -> ReportedCopy | None:
    if row.newsletter_id is None or row.subscriber_id is None:
        return None
    return ReportedCopy(row.newsletter_id, row.subscriber_id, row.edition_id, row.outbox_id)


def _said(copy: ReportedCopy, verdict: FeedbackVerdict) -> Sequence[ColumnElement[bool]]:
    return (
        FeedbackRow.subscriber_id == copy.subscriber_id,
        FeedbackRow.newsletter_id == copy.newsletter_id,
        FeedbackRow.edition_id.is_not_distinct_from(copy.edition_id),
        FeedbackRow.outbox_id.is_not_distinct_from(copy.outbox_id),
        FeedbackRow.verdict == verdict,
    )

"""What a message says of each recipient: rows that outlive the message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from newsletter.domain.feedback import Feedback, FeedbackVerdict
from newsletter.domain.inbound import ReportedCopy, Whose, storable
from newsletter.store.models import FeedbackRow, InboundMessage


def add_fact(
    session: Session, inbound_id: int | None, at: datetime, feedback: Feedback, whose: Whose
) -> int:
    """The id of the row."""
    copy = whose.copy
    row = FeedbackRow(
        inbound_id=inbound_id,
        at=at,
        newsletter_id=copy.newsletter_id if copy else None,
        edition_id=copy.edition_id if copy else None,
        outbox_id=copy.outbox_id if copy else None,
        subscriber_id=copy.subscriber_id if copy else None,
        proof=whose.proof,
        recipient=storable(feedback.recipient, 320),
        verdict=feedback.verdict,
        status=storable(feedback.status, 20),
        reply=storable(feedback.reply, 20),
        diagnostic=storable(feedback.diagnostic),
        reason=storable(feedback.reason),
        rule=storable(feedback.rule, 100),
    )
    session.add(row)
    session.flush()
    return row.id


def delete_facts(session: Session, inbound_id: int) -> None:
    """Before the message is judged again."""
    session.execute(delete(FeedbackRow).where(FeedbackRow.inbound_id == inbound_id))


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


def _said(copy: ReportedCopy, verdict: FeedbackVerdict) -> Sequence[ColumnElement[bool]]:
    return (
        FeedbackRow.subscriber_id == copy.subscriber_id,
        FeedbackRow.edition_id == copy.edition_id
        if copy.edition_id
        else FeedbackRow.outbox_id == copy.outbox_id,
        FeedbackRow.verdict == verdict,
    )

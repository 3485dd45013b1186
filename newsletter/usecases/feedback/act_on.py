"""What follows for the reader from what came back of their copy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.feedback import Feedback, FeedbackVerdict
from newsletter.domain.inbound import ReportedCopy
from newsletter.domain.principals import Principal
from newsletter.store.feedback.copies import subscription_of
from newsletter.store.readers.withdrawals import withdraw
from newsletter.usecases.context import Context

_LEAVES = {
    FeedbackVerdict.UNSUBSCRIBE: "asked by email",
    FeedbackVerdict.COMPLAINT: "reported the email as spam",
}


def act_on(
    context: Context, session: Session, copy: ReportedCopy, feedback: Feedback, at: datetime
) -> None:
    """In the transaction that records it. The same twice changes nothing."""
    del context
    how = _LEAVES.get(feedback.verdict)
    subscription = subscription_of(session, copy) if how else None
    if how and subscription is not None:
        reader = Principal.reader(copy.subscriber_id)
        withdraw(session, subscription, who=reader, how=how, at=at)

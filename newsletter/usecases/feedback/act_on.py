"""What follows from what came back of a copy: suppressions, withdrawals and pauses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.feedback.inbound import ReportedCopy
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.readers.consent import SuppressionSource
from newsletter.domain.staff.principals import Principal
from newsletter.store.feedback.consequences import find_subscription
from newsletter.store.models import Subscription
from newsletter.store.readers.withdrawals import withdraw
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.doubt import is_doubted
from newsletter.usecases.feedback.pause_for import pause_for
from newsletter.usecases.feedback.suppress_for import of_issue, suppress_for
from newsletter.usecases.readers.welcome_reader import farewell_reader

_V = FeedbackVerdict
_FOR_THE_READER = frozenset({_V.HARD, _V.SOFT, _V.COMPLAINT, _V.UNSUBSCRIBE})


def act_on(  # noqa: PLR0913, PLR0917  what was said of which copy, when and by whom
    context: Context,
    session: Session,
    copy: ReportedCopy,
    feedback: Feedback,
    at: datetime,
    source: SuppressionSource = SuppressionSource.REPORT,
) -> tuple[int, ...]:
    """In the caller's transaction, once the fact is recorded. The same twice changes nothing.

    Returns the outbox rows that it added. Nothing follows for someone who was erased.
    """
    if feedback.verdict is _V.BLOCKED:
        pause_for(context, session, copy, feedback, at)
    if feedback.verdict not in _FOR_THE_READER:
        return ()
    found = find_subscription(session, copy.newsletter_id, copy.subscriber_id)
    if found is None:
        return ()
    subscription, subscriber = found
    if feedback.verdict is _V.UNSUBSCRIBE:
        return _unsubscribe(context, session, subscription, copy, at)
    if feedback.verdict is _V.HARD and is_doubted(session, copy, subscriber, feedback, at):
        return ()
    suppress_for(context, session, found, copy, feedback, at, source)
    return ()


def _unsubscribe(
    context: Context,
    session: Session,
    subscription: Subscription,
    copy: ReportedCopy,
    at: datetime,
) -> tuple[int, ...]:
    """As with the link in the mail."""
    how = f"asked by email{of_issue(session, copy)}"
    reader = Principal.reader(copy.subscriber_id)
    has_left = withdraw(session, subscription, who=reader, how=how, at=at)
    return farewell_reader(context, session, subscription) if has_left else ()

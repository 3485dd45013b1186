"""Suppresses an address for what came back: a dead one, a complaint, or soft bounces in a row.

Live refusals and reports come under the one rule of domain/feedback/soft_bounces.py.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.feedback import blocks
from newsletter.domain.feedback.inbound import ReportedCopy
from newsletter.domain.feedback.soft_bounces import SoftRule, bounced_in_a_row, is_dead
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.feedback.consequences import copies_since, find_subscription
from newsletter.store.feedback.refused_live import refused_of, sent_after
from newsletter.store.issues.editions import edition_head
from newsletter.store.models import Edition, Newsletter, Subscriber, Subscription
from newsletter.store.operations import beat, last_beat
from newsletter.store.readers.suppressions import Cause, suppress_subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.readers.find_subscriber import hash_address

_V = FeedbackVerdict
_LOOKED_AT = "soft rule"
"""The heartbeat: issues that were sent until then have been looked at."""
_AT_ONCE = 200

Found = tuple[Subscription, Subscriber]


def suppress_for(  # noqa: PLR0913, PLR0917  what was said of which copy, when and by whom
    context: Context,
    session: Session,
    found: Found,
    copy: ReportedCopy,
    feedback: Feedback,
    at: datetime,
    source: SuppressionSource,
) -> None:
    """In the caller's transaction. Nothing where it is too early."""
    said = f"{blocks.words_of(feedback)}{of_issue(session, copy)}"
    if feedback.verdict is _V.HARD:
        cause: Cause | None = Cause(SuppressionReason.HARD_BOUNCE, source, said)
    elif feedback.verdict is _V.COMPLAINT:
        cause = Cause(SuppressionReason.COMPLAINT, source, said, copy.newsletter_id)
    else:
        cause = _of_soft_rule(session, found[0], said, source, at)
    if cause is not None:
        _suppress(context, session, found[1], cause, at)


def apply_soft_rule(context: Context) -> int:
    """Of issues that were sent since it was called last, looks at subscribers whose servers refused
    them while we sent. Returns how many of these it suppressed. May be repeated.
    """
    with context.database.read() as session:
        ended = sent_after(session, last_beat(session, _LOOKED_AT))
    count = sum(_apply_to(context, edition) for edition, _ in ended)
    if ended:
        with context.database.write() as session:
            beat(session, _LOOKED_AT, ended[-1][1])
    return count


def of_issue(session: Session, copy: ReportedCopy) -> str:
    edition = edition_head(session, copy.edition_id) if copy.edition_id else None
    return f" (issue #{edition.number})" if edition else ""


def _apply_to(context: Context, edition: Edition) -> int:
    count, after = 0, 0
    while True:
        with context.database.write() as session:
            refused = refused_of(session, edition.id, after, _AT_ONCE)
            for subscriber_id, said in refused:
                found = find_subscription(session, edition.newsletter_id, subscriber_id)
                count += bool(found and _is_suppressed_now(context, session, found, said))
        if not refused:
            return count
        after = refused[-1][0]


def _is_suppressed_now(context: Context, session: Session, found: Found, said: str) -> bool:
    now = context.now()
    cause = _of_soft_rule(session, found[0], said, SuppressionSource.RELAY, now)
    return cause is not None and _suppress(context, session, found[1], cause, now)


def _of_soft_rule(
    session: Session,
    subscription: Subscription,
    said: str,
    source: SuppressionSource,
    at: datetime,
) -> Cause | None:
    newsletter = session.get_one(Newsletter, subscription.newsletter_id)
    rule = SoftRule(newsletter.soft_bounce_issues, newsletter.soft_bounce_days)
    copies = copies_since(session, newsletter.id, subscription.subscriber_id, subscription.state_at)
    run = bounced_in_a_row(copies, at)
    if not is_dead(rule, run):
        return None
    detail = f"{len(run)} issues in a row bounced, the last one with: {said}. The rule: {rule}"
    return Cause(SuppressionReason.SOFT_BOUNCES, source, detail, newsletter.id)


def _suppress(
    context: Context, session: Session, subscriber: Subscriber, cause: Cause, at: datetime
) -> bool:
    return suppress_subscriber(
        session,
        subscriber,
        address=hash_address(context, subscriber.address or ""),
        cause=cause,
        who=SYSTEM,
        now=at,
    )

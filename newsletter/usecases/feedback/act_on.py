"""What follows from what came back of a copy: suppressions, withdrawals and pauses.

The rules are domain/soft_bounces.py and domain/blocks.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain import blocks
from newsletter.domain.actions import PauseCause
from newsletter.domain.addresses import domain_of
from newsletter.domain.consent import SuppressionReason, SuppressionSource
from newsletter.domain.feedback import Feedback, FeedbackVerdict
from newsletter.domain.inbound import ReportedCopy
from newsletter.domain.principals import SYSTEM, Principal
from newsletter.domain.retries import relay_pause
from newsletter.domain.soft_bounces import SoftRule, bounced_in_a_row, is_dead
from newsletter.store.feedback.consequences import (
    blocked_since,
    copies_since,
    copies_to_domain,
    find_subscription,
)
from newsletter.store.issues import states
from newsletter.store.models import (
    Delivery,
    DomainPause,
    Edition,
    Issue,
    Newsletter,
    RelayPause,
    Subscriber,
    Subscription,
)
from newsletter.store.readers.suppressions import Cause, suppress_subscriber
from newsletter.store.readers.withdrawals import withdraw
from newsletter.store.sending.domain_pauses import DomainTrouble, pause_domain
from newsletter.store.sending.relay_pauses import record_trouble
from newsletter.usecases.context import Context
from newsletter.usecases.readers.find_subscriber import hash_address

_V = FeedbackVerdict
_RECENT = timedelta(hours=6)
"""Older blocks say nothing of now."""


def act_on(  # noqa: PLR0913, PLR0917  what was said of which copy, when and by whom
    context: Context,
    session: Session,
    copy: ReportedCopy,
    feedback: Feedback,
    at: datetime,
    source: SuppressionSource = SuppressionSource.REPORT,
) -> None:
    """In the caller's transaction, once the fact is recorded. The same twice changes nothing.

    Nothing follows for someone who was erased.
    """
    if feedback.verdict is _V.BLOCKED:
        _pause(context, session, copy, feedback, at)
        return
    if feedback.verdict not in {_V.HARD, _V.SOFT, _V.COMPLAINT, _V.UNSUBSCRIBE}:
        return
    found = find_subscription(session, copy.newsletter_id, copy.subscriber_id)
    if found is None:
        return
    subscription, subscriber = found
    if feedback.verdict is _V.UNSUBSCRIBE:
        _unsubscribe(session, subscription, copy, at)
        return
    cause = _cause(session, copy, feedback, subscription, source, at)
    if cause is not None:
        _suppress(context, session, subscriber, cause, at)


def _cause(  # noqa: PLR0913, PLR0917  what was said of which copy, when and by whom
    session: Session,
    copy: ReportedCopy,
    feedback: Feedback,
    subscription: Subscription,
    source: SuppressionSource,
    at: datetime,
) -> Cause | None:
    """None where it is too early to suppress."""
    said = f"{blocks.words_of(feedback)}{_of_issue(session, copy)}"
    if feedback.verdict is _V.HARD:
        return Cause(SuppressionReason.HARD_BOUNCE, source, said)
    if feedback.verdict is _V.COMPLAINT:
        return Cause(SuppressionReason.COMPLAINT, source, said, copy.newsletter_id)
    newsletter = session.get_one(Newsletter, copy.newsletter_id)
    rule = SoftRule(newsletter.soft_bounce_issues, newsletter.soft_bounce_days)
    since = subscription.state_at
    copies = copies_since(session, copy.newsletter_id, copy.subscriber_id, since)
    run = bounced_in_a_row(copies, at)
    if not is_dead(rule, run):
        return None
    detail = f"{len(run)} issues in a row bounced, the last one with: {said}. The rule: {rule}"
    return Cause(SuppressionReason.SOFT_BOUNCES, source, detail, copy.newsletter_id)


def _suppress(
    context: Context, session: Session, subscriber: Subscriber, cause: Cause, at: datetime
) -> None:
    suppress_subscriber(
        session,
        subscriber,
        address=hash_address(context, subscriber.address or ""),
        cause=cause,
        who=SYSTEM,
        now=at,
    )


def _unsubscribe(
    session: Session, subscription: Subscription, copy: ReportedCopy, at: datetime
) -> None:
    how = f"asked by email{_of_issue(session, copy)}"
    reader = Principal.reader(copy.subscriber_id)
    withdraw(session, subscription, who=reader, how=how, at=at)


def _of_issue(session: Session, copy: ReportedCopy) -> str:
    edition = session.get(Edition, copy.edition_id) if copy.edition_id else None
    return f" (issue #{edition.number})" if edition else ""


def _pause(
    context: Context, session: Session, copy: ReportedCopy, feedback: Feedback, at: datetime
) -> None:
    """It never touches the reader. A mail to one person alone proves nothing."""
    edition = session.get(Edition, copy.edition_id) if copy.edition_id else None
    if edition is None:
        return
    trouble = blocks.trouble_of(feedback)
    if trouble is blocks.Trouble.DOMAIN:
        _pause_domain(session, edition, copy, feedback, at)
    elif trouble is blocks.Trouble.ISSUE:
        _pause_issue(session, edition, feedback, at)
    else:
        _pause_relay(context, session, edition, copy, feedback, at)


def _pause_domain(
    session: Session, edition: Edition, copy: ReportedCopy, feedback: Feedback, at: datetime
) -> None:
    subscriber = session.get(Subscriber, copy.subscriber_id)
    if subscriber is None or subscriber.address_key is None:
        return
    domain = domain_of(subscriber.address_key)
    pause = session.get(DomainPause, domain)
    since = max(at - _RECENT, pause.until) if pause else at - _RECENT
    blocked = sum(one == domain for one, _ in blocked_since(session, edition.id, since))
    if not blocks.is_time_to_count(blocked):
        return
    sent = copies_to_domain(session, edition, domain)
    if blocks.is_many(blocked, sent):
        words = (
            f"{domain} sent {blocked} of {sent} copies back, the last one with: "
            f"{blocks.words_of(feedback)}"
        )
        pause_domain(session, DomainTrouble(domain, words), edition.issue_id, at)


def _pause_issue(session: Session, edition: Edition, feedback: Feedback, at: datetime) -> None:
    """Since it was started or resumed: who resumed it has seen what came before."""
    issue = session.get_one(Issue, edition.issue_id)
    ours = _count(session, edition, blocks.Trouble.ISSUE, issue.state_at)
    if ours >= blocks.OURS_TO_PAUSE:
        facts = {
            "copies": ours,
            "reply": blocks.words_of(feedback),
            "advice": blocks.advice_on(feedback),
        }
        states.pause(session, issue.id, PauseCause.SENT_BACK, facts, at)


def _pause_relay(  # noqa: PLR0913, PLR0917  which copy, and what was said of it
    context: Context,
    session: Session,
    edition: Edition,
    copy: ReportedCopy,
    feedback: Feedback,
    at: datetime,
) -> None:
    delivery = session.get(Delivery, (edition.id, copy.subscriber_id))
    if delivery is None or not delivery.relay:
        return
    pause = session.get(RelayPause, delivery.relay)
    since = max(at - _RECENT, pause.until) if pause else at - _RECENT
    if _count(session, edition, blocks.Trouble.RELAY, since) < blocks.OURS_TO_PAUSE:
        return
    settings = context.settings
    words = (
        f"The relay {delivery.relay} took copies that came back: {blocks.words_of(feedback)}. "
        f"{blocks.advice_on(feedback)}"
    )
    record_trouble(
        session,
        delivery.relay,
        words,
        at,
        lambda times: relay_pause(times, settings.relay_backoff, settings.relay_backoff_limit),
    )


def _count(session: Session, edition: Edition, trouble: blocks.Trouble, since: datetime) -> int:
    """Copies that were blocked for it."""
    said = blocked_since(session, edition.id, since)
    return sum(blocks.trouble_of(feedback) is trouble for _, feedback in said)

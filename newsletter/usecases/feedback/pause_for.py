"""Pauses the recipient domain, the issue or the relay when copies come back because of us.

The rules are domain/feedback/blocks.py. It never touches the subscriber.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.actions import PauseCause
from newsletter.domain.delivery.retries import relay_pause
from newsletter.domain.feedback import blocks
from newsletter.domain.feedback.counting import COUNTED_EXACTLY, is_looked_at
from newsletter.domain.feedback.inbound import ReportedCopy
from newsletter.domain.feedback.verdicts import Feedback
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.addresses import domain_of
from newsletter.store.feedback.consequences import (
    copies_taken,
    count_blocked,
    count_blocked_at,
    last_blocked,
)
from newsletter.store.issues import states
from newsletter.store.issues.editions import edition_head
from newsletter.store.models import Delivery, DomainPause, Edition, Issue, RelayPause, Subscriber
from newsletter.store.sending.domain_pauses import DomainTrouble, pause_domain
from newsletter.store.sending.relay_pauses import record_trouble
from newsletter.usecases.context import Context

_RECENT = timedelta(hours=6)
"""Older blocks say nothing of now."""


def pause_for(
    context: Context, session: Session, copy: ReportedCopy, feedback: Feedback, at: datetime
) -> None:
    """In the caller's transaction. A mail to one person alone proves nothing."""
    edition = edition_head(session, copy.edition_id) if copy.edition_id else None
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
    most = COUNTED_EXACTLY + 1
    is_mass = count_blocked(session, edition.id, since, most) == most
    if is_mass and not is_looked_at(copy.subscriber_id, edition.active_at_freeze):
        return
    blocked = count_blocked_at(session, edition.id, since, domain)
    if not is_mass and not blocks.is_time_to_count(blocked):
        return
    sent = copies_taken(session, edition, domain)
    if blocks.is_many(blocked, sent):
        words = (
            f"{domain} sent {blocked} of {sent} copies back, the last one with: "
            f"{blocks.words_of(feedback)}"
        )
        pause_domain(session, DomainTrouble(domain, words), edition.issue_id, at)


def _pause_issue(session: Session, edition: Edition, feedback: Feedback, at: datetime) -> None:
    """Since it was started or resumed: who resumed it has seen what came before."""
    issue = session.get_one(Issue, edition.issue_id)
    if issue.state != IssueState.SENDING:
        return
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
    """Copies that were blocked for it, among those that were blocked last."""
    said = last_blocked(session, edition.id, since, COUNTED_EXACTLY)
    return sum(blocks.trouble_of(feedback) is trouble for feedback in said.values())

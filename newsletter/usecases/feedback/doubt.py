"""Doubts dead addresses that come back in masses, asks, and does what was decided.

Nobody is suppressed meanwhile. The rule is domain/doubts.py.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain import doubts
from newsletter.domain.actions import PauseCause
from newsletter.domain.addresses import domain_of
from newsletter.domain.blocks import words_of
from newsletter.domain.consent import SuppressionSource
from newsletter.domain.doubts import Decision
from newsletter.domain.errors import NotFound
from newsletter.domain.feedback import Feedback
from newsletter.domain.inbound import ReportedCopy
from newsletter.domain.principals import Principal
from newsletter.store.feedback import doubts as stored
from newsletter.store.feedback.consequences import copies_taken, feedback_of, find_subscription
from newsletter.store.issues import states
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Doubt, Edition, Subscriber
from newsletter.store.sending.domain_pauses import DomainTrouble, pause_domain
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.suppress_for import suppress_for
from newsletter.usecases.permissions import require_for_issue

_AT_ONCE = 200


def is_doubted(
    session: Session, copy: ReportedCopy, subscriber: Subscriber, feedback: Feedback, at: datetime
) -> bool:
    """Whether a dead address is not to be suppressed yet. The fact is recorded already."""
    if copy.edition_id is None or subscriber.address_key is None:
        return False
    domain = domain_of(subscriber.address_key)
    known = stored.find_doubts(session, copy.edition_id, domain)
    if not known and doubts.is_time_to_count(stored.count_dead(session, copy.edition_id)):
        _begin_to_doubt(session, session.get_one(Edition, copy.edition_id), domain, feedback, at)
        known = stored.find_doubts(session, copy.edition_id, domain)
    return any(one.decision != Decision.BELIEVED for one in known)


def decide_doubts(context: Context, issue_id: int, decision: Decision, principal: Principal) -> int:
    """All that are open for the issue. Returns how many were suppressed. Raises NotFound."""
    require_for_issue(context, principal, "decide_doubts", issue_id)
    now = context.now()
    with context.database.write() as session:
        edition = edition_of(session, issue_id)
        found = stored.doubts_of(session, edition.id) if edition else ()
        if edition is None or not found:
            raise NotFound("Nothing is in doubt about this issue.")
        for doubt in found:
            if doubt.decision == Decision.OPEN:
                doubt.decision, doubt.decided_at = decision, now
                doubt.decided_by = principal.name
    if decision is not Decision.BELIEVED:
        return 0
    return sum(_suppress_dead(context, edition, doubt.domain) for doubt in found)


def doubts_about(context: Context, issue_id: int, principal: Principal) -> tuple[Doubt, ...]:
    """Those that are open. Raises NotFound."""
    require_for_issue(context, principal, "doubts_about", issue_id)
    with context.database.read() as session:
        edition = edition_of(session, issue_id)
        found = stored.doubts_of(session, edition.id) if edition else ()
    return tuple(doubt for doubt in found if doubt.decision == Decision.OPEN)


def _begin_to_doubt(
    session: Session, edition: Edition, domain: str, feedback: Feedback, at: datetime
) -> None:
    """The domain alone where most of them are of it, else the whole issue."""
    by_domain = stored.dead_by_domain(session, edition.id)
    is_of_one = by_domain[domain] * 2 > by_domain.total() and by_domain[domain] < by_domain.total()
    where = domain if is_of_one else ""
    dead = by_domain[domain] if is_of_one else by_domain.total()
    taken = copies_taken(session, edition, where)
    if not doubts.is_doubtful(dead, taken):
        return
    words = doubts.without_addresses(words_of(feedback))
    stored.add_doubt(session, edition.id, where, dead=dead, taken=taken, words=words, now=at)
    if where:
        reason = f"{dead} of {taken} copies came back from {where} as dead addresses: {words}"
        pause_domain(session, DomainTrouble(where, reason), edition.issue_id, at)
    else:
        said = {"dead": dead, "taken": taken, "reply": words}
        states.pause(session, edition.issue_id, PauseCause.MANY_DEAD, said, at)


def _suppress_dead(context: Context, edition: Edition, domain: str) -> int:
    count, after = 0, 0
    while True:
        with context.database.write() as session:
            rows = stored.dead_and_active(session, edition, domain, after, _AT_ONCE)
            for row, copy in rows:
                found = find_subscription(session, copy.newsletter_id, copy.subscriber_id)
                if found is not None:
                    said, report = feedback_of(row), SuppressionSource.REPORT
                    suppress_for(context, session, found, copy, said, context.now(), report)
                    count += 1
        if not rows:
            return count
        after = rows[-1][0].id

"""Doubts dead addresses that come back in masses, asks, and does what was decided.

Nobody is suppressed meanwhile. The rule is domain/feedback/doubts.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import PauseCause
from newsletter.domain.errors import NotFound
from newsletter.domain.feedback import doubts
from newsletter.domain.feedback.blocks import words_of
from newsletter.domain.feedback.counting import COUNTED_EXACTLY, is_looked_at
from newsletter.domain.feedback.doubts import Decision
from newsletter.domain.feedback.inbound import ReportedCopy
from newsletter.domain.feedback.verdicts import Feedback
from newsletter.domain.readers.addresses import domain_of
from newsletter.domain.readers.consent import SuppressionSource
from newsletter.domain.staff.permissions import is_allowed, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.feedback import doubts as stored
from newsletter.store.feedback.consequences import copies_taken, feedback_of, find_subscription
from newsletter.store.issues import states
from newsletter.store.issues.editions import edition_head, edition_of
from newsletter.store.models import Doubt, Edition, Subscriber
from newsletter.store.newsletters import all_newsletters
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
    edition = None if known else edition_head(session, copy.edition_id)
    if edition and _is_time_to_count(session, edition, copy):
        _begin_to_doubt(session, edition, domain, feedback, at)
        known = stored.find_doubts(session, copy.edition_id, domain)
    return any(one.decision != Decision.BELIEVED for one in known)


def decide_doubts(context: Context, issue_id: int, decision: Decision, principal: Principal) -> int:
    """All that are open for the issue. Returns how many were suppressed. Raises NotFound.

    Believed once more, it goes on where it was interrupted.
    """
    require_for_issue(context, principal, "decide_doubts", issue_id)
    with context.database.write() as session:
        edition = edition_of(session, issue_id)
        found = stored.doubts_of(session, edition.id) if edition else ()
        decided = [doubt for doubt in found if doubt.decision == Decision.OPEN]
        for doubt in decided:
            doubt.decision, doubt.decided_at = decision, context.now()
            doubt.decided_by = principal.name
        believed = [doubt for doubt in found if doubt.decision == Decision.BELIEVED]
        wanted = believed if decision is Decision.BELIEVED else decided
        if edition is None or not wanted:
            raise NotFound("Nothing is in doubt about this issue.")
    if decision is not Decision.BELIEVED:
        return 0
    return sum(_suppress_dead(context, edition, doubt.domain) for doubt in believed)


@dataclass(frozen=True, slots=True)
class OpenDoubt:
    """About an issue of the newsletter `slug`. `domain` "" is all of its copies."""

    issue_id: int
    newsletter: str
    number: int
    since: datetime
    domain: str
    dead: int
    taken: int
    sentence: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def list_doubts(context: Context, principal: Principal) -> list[OpenDoubt]:
    """That wait for a decision, of newsletters that they may see, the newest first."""
    require_scope(principal, "list_doubts")
    with context.database.read() as session:
        slugs = {
            one.id: one.slug
            for one in all_newsletters(session)
            if is_allowed(principal, "list_doubts", one.id)
        }
        return [
            OpenDoubt(
                issue_id=edition.issue_id,
                newsletter=slugs[edition.newsletter_id],
                number=edition.number,
                since=one.since,
                domain=one.domain,
                dead=one.dead,
                taken=one.taken,
                sentence=doubts.doubt_sentence(one.dead, one.taken, one.domain, one.words),
            )
            for one, edition in stored.open_doubts(session, list(slugs))
        ]


def doubts_about(context: Context, issue_id: int, principal: Principal) -> tuple[Doubt, ...]:
    """Those that are open. Raises NotFound."""
    require_for_issue(context, principal, "doubts_about", issue_id)
    with context.database.read() as session:
        edition = edition_of(session, issue_id)
        found = stored.doubts_of(session, edition.id) if edition else ()
    return tuple(doubt for doubt in found if doubt.decision == Decision.OPEN)


def _is_time_to_count(session: Session, edition: Edition, copy: ReportedCopy) -> bool:
    dead = stored.count_dead(session, edition.id, COUNTED_EXACTLY + 1)
    if dead > COUNTED_EXACTLY:
        return is_looked_at(copy.subscriber_id, edition.active_at_freeze)
    return doubts.is_time_to_count(dead)


def _begin_to_doubt(
    session: Session, edition: Edition, domain: str, feedback: Feedback, at: datetime
) -> None:
    found = _doubtful(session, edition, domain)
    if found is None:
        return
    where, dead, taken = found
    words = doubts.without_addresses(words_of(feedback))
    stored.add_doubt(session, edition.id, where, dead=dead, taken=taken, words=words, now=at)
    if where:
        reason = f"{dead} of {taken} copies came back from {where} as dead addresses: {words}"
        pause_domain(session, DomainTrouble(where, reason), edition.issue_id, at)
    else:
        said = {"dead": dead, "taken": taken, "reply": words}
        states.pause(session, edition.issue_id, PauseCause.MANY_DEAD, said, at)


def _doubtful(session: Session, edition: Edition, domain: str) -> tuple[str, int, int] | None:
    """Where, how many are dead there and how many were taken. "" is everywhere.

    The domain alone where most of them are of it, or where only there they are too many: a provider
    with several domains can break for all of them.
    """
    here, total = stored.dead_in(session, edition.id, domain)
    wheres = ["", domain] if here * 2 <= total or here == total else [domain]
    for where in wheres:
        dead = here if where else total
        taken = copies_taken(session, edition, where)
        if doubts.is_doubtful(dead, taken):
            return where, dead, taken
    return None


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

"""The verdict on a canary: too many bounces and blocks pause the issue, or the rest is sent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.sending.canaries import CanaryResult, CanaryVerdict, is_bad_sign
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import record_event
from newsletter.store.issues import states
from newsletter.store.models import Issue, Newsletter
from newsletter.store.sending import canaries
from newsletter.usecases.context import Context


def judge_canaries(context: Context) -> list[int]:
    """Judges all canaries that are finished. Returns the issues whose held batches are released.

    Called at every tick. One that an editor resumes after it was stopped is released: that is how
    they override the verdict.
    """
    now = context.now()
    with context.database.read() as session:
        # Usually there is nothing to judge, and then no writer has to wait.
        if not canaries.waiting_for_verdict(session):
            return []
    with context.database.write() as session:
        return [
            issue_id
            for edition_id, issue_id in canaries.waiting_for_verdict(session)
            if _judge(session, edition_id, issue_id, now)
        ]


def _judge(session: Session, edition_id: int, issue_id: int, now: datetime) -> bool:
    issue = session.get_one(Issue, issue_id, with_for_update=True)
    if issue.state != IssueState.SENDING:
        return False
    result = _result(session, edition_id, issue.newsletter_id)
    facts = asdict(result)
    verdict = _verdict(result, was_stopped=canaries.was_stopped(session, edition_id))
    canaries.record_verdict(session, edition_id, verdict, now)
    if verdict is CanaryVerdict.STOPPED:
        states.pause(session, issue_id, PauseCause.CANARY, facts, now)
        return False
    canaries.release(session, edition_id)
    action = _RELEASES[verdict]
    record_event(session, at=now, who=SYSTEM, action=action, subject_id=issue_id, facts=facts)
    return True


_RELEASES = {
    CanaryVerdict.PASSED: Action.ISSUE_CANARY_PASSED,
    CanaryVerdict.OVERRIDDEN: Action.ISSUE_CANARY_OVERRIDDEN,
}


def _verdict(result: CanaryResult, *, was_stopped: bool) -> CanaryVerdict:
    if result.is_good:
        return CanaryVerdict.PASSED
    return CanaryVerdict.OVERRIDDEN if was_stopped else CanaryVerdict.STOPPED


def _result(session: Session, edition_id: int, newsletter_id: int) -> CanaryResult:
    bad = sum(
        failed.copies
        for failed in canaries.failures(session, edition_id)
        if is_bad_sign(failed.stage, failed.reply)
    )
    newsletter = session.get_one(Newsletter, newsletter_id)
    return CanaryResult(
        attempted=canaries.attempted(session, edition_id),
        bad=bad,
        threshold_percent=newsletter.canary_threshold_percent,
    )

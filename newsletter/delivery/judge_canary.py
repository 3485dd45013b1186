"""The verdict on a canary: too many bounces and blocks pause the issue, else all others go out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.canaries import CanaryResult, is_bad_sign
from newsletter.domain.issues import IssueState
from newsletter.store.events import record_event
from newsletter.store.models import Issue, Newsletter
from newsletter.store.sending import canaries
from newsletter.usecases.context import Context

STOPPED = "stopped after the canary"
RELEASED = "released after the canary"
OVERRIDDEN = "released in spite of the canary"
_ACTOR = "canary"


def judge_canaries(context: Context) -> list[int]:
    """The issues of which all that was held may go; the door wakes workers for their batches.

    Called at every tick. One that an editor resumes after it was stopped is released: that is how
    they override the verdict.
    """
    now = context.now()
    with context.database.read() as session:
        # Mostly there is nothing to judge, and then no writer has to wait.
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
    if not result.is_good and not canaries.was_stopped(session, edition_id):
        issue.state, issue.state_at = IssueState.PAUSED, now
        issue.state_reason = (
            f"It stopped by itself: {result} Look at what the relay said below; resume to send it "
            "to everybody else in spite of that."
        )
        canaries.note_stop(session, edition_id, now)
        _note(session, issue_id, STOPPED, result, now)
        return False
    canaries.release(session, edition_id)
    _note(session, issue_id, RELEASED if result.is_good else OVERRIDDEN, result, now)
    return True


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


def _note(session: Session, issue_id: int, verb: str, result: CanaryResult, now: datetime) -> None:
    record_event(
        session,
        at=now,
        actor=_ACTOR,
        verb=verb,
        subject_kind="issue",
        subject_id=issue_id,
        detail={"attempted": result.attempted, "bad": result.bad},
    )

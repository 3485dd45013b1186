"""The sweeper and the ticker's work: reconcile the database. Safe to run anywhere, at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter import telemetry
from newsletter.delivery.judge_canary import judge_canaries
from newsletter.delivery.recover import recover_dead_workers, recover_expired_leases
from newsletter.delivery.repair_ledger import repair_edition
from newsletter.delivery.wake import STALE_AFTER, batches_to_wake
from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store import outbox as outbox_store
from newsletter.store.events import Change
from newsletter.store.issues import due, editions, states
from newsletter.store.models import Issue
from newsletter.store.operations import beat
from newsletter.store.sending import batches, ledger
from newsletter.usecases.context import Context


@dataclass(slots=True)
class Due:
    """Ids to wake workers for."""

    issues: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    outbox: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.issues or self.batches or self.outbox)


def tick(context: Context) -> Due:
    """Every second: claim due issues, requeue due retries, find mails that wait in the outbox."""
    now = context.now()
    with context.database.write() as session:
        beat(session, "ticker", now)
        _pause_overdue(context, session, now)
        due.claim_due(session, now)
        starting = editions.sending_without_edition(session)
        _requeue_due(context, session, now)
        waiting = outbox_store.mark_enqueued(session, now, stale_after=STALE_AFTER)
    judge_canaries(context)
    return Due(issues=starting, batches=batches_to_wake(context), outbox=waiting)


def sweep(context: Context) -> int:
    """Every few seconds: recover expired leases, expire issues, close cancelled ones.

    Returns how many messages dead workers left without a known outcome.
    """
    opened = recover_dead_workers(context) + recover_expired_leases(context)
    now = context.now()
    _bring_forward(context, now)
    with context.database.write() as session:
        outbox_store.expire(session, now)
        for edition_id, _, expires_at in editions.sending_editions(session):
            if expires_at <= now:
                detail = "The issue expired before the relay accepted this copy."
                ledger.close_waiting(session, edition_id, now, DeliveryState.EXPIRED, detail)
                batches.close_done(session, edition_id, now)
        for edition_id in editions.cancelled_and_open(session):
            # Some copies were on the wire when it was cancelled, and came back as deferred.
            ledger.close_waiting(session, edition_id, now, DeliveryState.CANCELLED, "Cancelled.")
            batches.close_done(session, edition_id, now)
    return opened


def finish_issues(context: Context) -> list[int]:
    """Marks issues without open deliveries as sent, and returns their ids.

    An issue whose ledger contradicts itself is repaired and paused instead, with the reason.
    """
    now = context.now()
    with context.database.write() as session:
        finished = [
            issue_id
            for edition_id, issue_id, _ in editions.sending_editions(session)
            if not ledger.has_open(session, edition_id)
            and not repair_edition(session, context.settings, edition_id, now)
        ]
        return states.change_states(
            session,
            Issue.id.in_(finished),
            {IssueState.SENDING},
            IssueState.SENT,
            Change(Action.ISSUE_FINISHED, SYSTEM, now),
            sent_at=now,
        )


def _bring_forward(context: Context, now: datetime) -> None:
    """The clock was ahead and came back: what was put off meanwhile would wait for days."""
    with context.database.write() as session:
        mails = outbox_store.bring_forward(session, now)
        copies = sum(
            ledger.bring_forward(session, edition_id, now)
            for edition_id, _, _ in editions.sending_editions(session)
        )
    if mails or copies:
        with telemetry.wide_event("clock came back") as event:
            event.add(copies=copies, mails=mails, action="due at once")


def _pause_overdue(context: Context, session: Session, now: datetime) -> None:
    latest = now - context.settings.overdue_after
    for issue in due.overdue(session, latest):
        due_at = (issue.scheduled_at or now).isoformat()
        facts = {"due_at": due_at, "zone": issue.newsletter.time_zone}
        states.pause(session, issue.id, PauseCause.OVERDUE, facts, now, before=IssueState.SCHEDULED)


def _requeue_due(context: Context, session: Session, now: datetime) -> None:
    going_out = [
        edition_id
        for edition_id, _, expires_at in editions.sending_editions(session)
        if expires_at > now
    ]
    for edition_id in ledger.editions_with_due(session, now, going_out):
        ledger.requeue_due(session, edition_id, now, context.settings.batch_size)

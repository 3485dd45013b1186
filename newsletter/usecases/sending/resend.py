"""Sending again what an issue did not bring to its readers, without touching the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change, record_change, record_event
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.issues.states import change_state
from newsletter.store.models import Edition, Issue
from newsletter.store.sending import resends as second_tries
from newsletter.store.sending.resends import Ended
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue

NOT_TAKEN = second_tries.NOT_TAKEN
_LEAST_TIME = timedelta(hours=1)
"""What is sent again with less time than this before the issue expires gets more of it."""


@dataclass(frozen=True, slots=True)
class Resent:
    """How many go out again; `left_out` are readers who have left or are suppressed since."""

    failed: int
    expired: int
    held: int
    left_out: int

    @property
    def total(self) -> int:
        return self.failed + self.expired + self.held

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def resend(
    context: Context, issue_id: int, kinds: Collection[Ended], principal: Principal
) -> Resent:
    """The door wakes `issues([issue_id])` after it; a paused issue goes on once it is resumed.

    Raises NotFound, or Conflict for an issue of which nothing was sent, or that was cancelled.
    """
    require_for_issue(context, principal, "resend", issue_id)
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        edition = _require_sent(issue, edition_of(session, issue_id))
        counts, left_out = second_tries.count_resendable(session, edition.id, kinds)
        done = Resent(**{kind: counts.get(kind, 0) for kind in Ended}, left_out=left_out)
        if not done.total:
            return done
        second_tries.requeue(
            session,
            edition.id,
            kinds,
            now,
            batch_size=context.settings.batch_size,
            detail=f"To be sent again, {principal.name} said.",
        )
        if edition.expires_at < now + _LEAST_TIME:
            edition.expires_at = now + context.settings.issue_expiry
        _record(session, issue, Change(Action.ISSUE_RESENT, principal, now, done.to_json()))
        return done


def leave_held(context: Context, issue_id: int, principal: Principal) -> None:
    """The held copies are not sent again; the ledger keeps them as uncertain, which they are."""
    require_for_issue(context, principal, "leave_held", issue_id)
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        edition = _require_sent(issue, edition_of(session, issue_id))
        edition.held_copies_left_at = now
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_HELD_COPIES_LEFT,
            subject_id=issue_id,
        )


def _record(session: Session, issue: Issue, change: Change) -> None:
    """One that was finished goes out again; any other goes on as it does."""
    if issue.state == IssueState.SENT:
        change_state(session, issue, IssueState.SENDING, change)
    else:
        record_change(session, change, issue.id)


def _require_sent(issue: Issue, edition: Edition | None) -> Edition:
    if edition is None:
        raise Conflict(
            f"This issue is {issue.state} and has not been sent, so nothing can be resent.",
            advice="Send it now or schedule it.",
        )
    if issue.state == IssueState.CANCELLED:
        raise Conflict(
            "This issue was cancelled, so it can't be resent.",
            advice="Write a new issue instead.",
        )
    return edition

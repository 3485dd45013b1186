"""Pauses, resumes and cancels issues. Workers check the state at each window, twice a second."""

from __future__ import annotations

from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.errors import Conflict
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.sentences import as_sentence
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.issues.states import change_state
from newsletter.store.sending import ledger
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue

_MAY_BE = {
    Action.ISSUE_PAUSED: {IssueState.SENDING},
    Action.ISSUE_RESUMED: {IssueState.PAUSED},
    Action.ISSUE_CANCELLED: {IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED},
}
"""What an editor may do in which states: less than the table of transitions allows."""


def pause_issue(context: Context, issue_id: int, principal: Principal) -> None:
    require_for_issue(context, principal, "pause_issue", issue_id)
    facts = {"cause": PauseCause.EDITOR.value}
    change = Change(Action.ISSUE_PAUSED, principal, context.now(), facts)
    _control(context, issue_id, IssueState.PAUSED, change)


def resume_issue(context: Context, issue_id: int, principal: Principal) -> None:
    """A door that can wakes `issues([issue_id])` after it; the ticker does within a second."""
    require_for_issue(context, principal, "resume_issue", issue_id)
    change = Change(Action.ISSUE_RESUMED, principal, context.now())
    _control(context, issue_id, IssueState.SENDING, change)


def cancel_issue(context: Context, issue_id: int, principal: Principal) -> None:
    """Whatever is not on the wire yet is not sent; what was sent stays in the report."""
    require_for_issue(context, principal, "cancel_issue", issue_id)
    change = Change(Action.ISSUE_CANCELLED, principal, context.now())
    _control(context, issue_id, IssueState.CANCELLED, change)


def _control(context: Context, issue_id: int, after: IssueState, change: Change) -> None:
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state not in _MAY_BE[change.action]:
            done = change.action.value.partition(".")[2]
            raise Conflict(
                f"This issue is {issue.state}, so it can't be {done}.",
                advice="Someone else may have changed it. Check its page.",
            )
        change_state(session, issue, after, change)
        edition = edition_of(session, issue_id)
        if after is IssueState.CANCELLED and edition:
            detail = as_sentence(f"Cancelled by {change.who.name}")
            ledger.close_waiting(session, edition.id, change.at, DeliveryState.CANCELLED, detail)

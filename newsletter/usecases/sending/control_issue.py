"""Pausing, resuming and cancelling an issue. Workers look before each message they claim."""

from __future__ import annotations

from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.errors import Conflict
from newsletter.domain.issues import IssueState
from newsletter.domain.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.store.sending import ledger
from newsletter.usecases.context import Context


def pause_issue(context: Context, issue_id: int, principal: Principal) -> None:
    _steer(context, issue_id, principal, "paused", {IssueState.SENDING}, IssueState.PAUSED)


def resume_issue(context: Context, issue_id: int, principal: Principal) -> None:
    """The door wakes `issues([issue_id])` after it."""
    _steer(context, issue_id, principal, "resumed", {IssueState.PAUSED}, IssueState.SENDING)


def cancel_issue(context: Context, issue_id: int, principal: Principal) -> None:
    """Whatever is not on the wire yet is not sent; what was sent stays in the report."""
    before = {IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED}
    _steer(context, issue_id, principal, "cancelled", before, IssueState.CANCELLED)


def _steer(  # noqa: PLR0913, PLR0917  from where to where, and who says so
    context: Context,
    issue_id: int,
    principal: Principal,
    verb: str,
    before: set[IssueState],
    after: IssueState,
) -> None:
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state not in before:
            raise Conflict(
                f"This issue is {issue.state}, so it can't be {verb}.",
                advice="Perhaps somebody else was faster: look at its page.",
            )
        issue.state, issue.state_at = after, now
        issue.state_reason = (
            f"{verb.capitalize()} by {principal.name}." if after != "sending" else ""
        )
        record_event(
            session,
            at=now,
            actor=principal.name,
            verb=verb,
            subject_kind="issue",
            subject_id=issue_id,
        )
        edition = edition_of(session, issue_id)
        if after is IssueState.CANCELLED and edition:
            ledger.close_waiting(
                session, edition.id, now, DeliveryState.CANCELLED, f"Cancelled by {principal.name}."
            )

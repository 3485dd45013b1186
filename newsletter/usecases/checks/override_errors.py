"""Overrides the errors that the checks found, or removes the override."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.issues.editions import edition_of, issue_with_content
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue

_BEFORE_SENDING = frozenset({IssueState.DRAFT, IssueState.SCHEDULED, IssueState.PAUSED})


def override_errors(context: Context, issue_id: int, reason: str, principal: Principal) -> None:
    """Overrides the errors of the current version. Changing the issue removes the override."""
    require_for_issue(context, principal, "override_errors", issue_id)
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise InvalidInput(
            "Give a reason for the override.",
            advice="We keep the reason with the issue.",
            field="reason",
        )
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state not in _BEFORE_SENDING or edition_of(session, issue_id):
            raise InvalidInput("This issue has already been sent.", field="reason")
        issue.override_by, issue.override_at = principal.name, now
        issue.override_reason = reason[:2000]
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_ERRORS_OVERRIDDEN,
            subject_id=issue_id,
            facts={"reason": issue.override_reason},
        )


def withdraw_override(context: Context, issue_id: int, principal: Principal) -> None:
    require_for_issue(context, principal, "withdraw_override", issue_id)
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        issue.override_by, issue.override_reason, issue.override_at = "", "", None
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_OVERRIDE_WITHDRAWN,
            subject_id=issue_id,
        )

"""The one place where the state of an issue changes: by the table, with who and why, recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.history import pause_reason
from newsletter.domain.issues import TRANSITIONS, IssueState
from newsletter.domain.principals import SYSTEM
from newsletter.store.events import Change, record_change
from newsletter.store.models import Issue


def change_state(session: Session, issue: Issue, after: IssueState, change: Change) -> None:
    """`issue` is locked by the caller. Raises IllegalTransition."""
    change_states(session, Issue.id == issue.id, {IssueState(issue.state)}, after, change)


def change_states(
    session: Session,
    which: ColumnElement[bool],
    before: Collection[IssueState],
    after: IssueState,
    change: Change,
    **values: Any,
) -> list[int]:
    """The ids of the issues that were in a state of `before` and changed: they are the caller's.

    Whoever does the same at the same time gets others, or none. `values` are other columns that
    change with the state. Raises IllegalTransition.
    """
    for state in before:
        TRANSITIONS.require(state, after)
    changed = session.scalars(
        update(Issue)
        .where(which, Issue.state.in_(before))
        .values(state=after, state_at=change.at, state_reason=_reason(change), **values)
        .returning(Issue.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    for issue_id in changed:
        record_change(session, change, issue_id)
    return list(changed)


def pause(  # noqa: PLR0913  what, why and when
    session: Session,
    issue_id: int,
    cause: PauseCause,
    facts: Mapping[str, Any],
    at: datetime,
    *,
    before: IssueState = IssueState.SENDING,
) -> bool:
    """The service stops an issue by itself. False when the issue was not in `before` any more."""
    change = Change(Action.ISSUE_PAUSED, SYSTEM, at, {"cause": cause.value, **facts})
    return bool(change_states(session, Issue.id == issue_id, {before}, IssueState.PAUSED, change))


def _reason(change: Change) -> str:
    """Shown beside the state: why it is paused or cancelled."""
    if change.action is Action.ISSUE_CANCELLED:
        return f"Cancelled by {change.who.name}."
    if change.action is not Action.ISSUE_PAUSED:
        return ""
    return pause_reason(change.facts) or f"Paused by {change.who.name}."

"""Changes the state of issues: the only place that does, by the table, with an event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.history import pause_reason
from newsletter.domain.issues.issue import TRANSITIONS, IssueState
from newsletter.domain.sentences import as_sentence
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import Change, record_change
from newsletter.store.models import Issue


def change_state(session: Session, issue: Issue, after: IssueState, change: Change) -> None:
    """The caller has locked `issue`. Raises IllegalTransition."""
    change_states(session, Issue.id == issue.id, {IssueState(issue.state)}, after, change)


def change_states(
    session: Session,
    which: ColumnElement[bool],
    before: Collection[IssueState],
    after: IssueState,
    change: Change,
    **values: Any,
) -> list[int]:
    """Changes issues in a state of `before`, and returns their ids.

    The rows changed decide who owns the work: of two callers at the same time, one gets an issue.
    `values` are other columns to change with the state. Raises IllegalTransition.
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
    """Pauses an issue on behalf of the service. False if it was no longer in `before`."""
    change = Change(Action.ISSUE_PAUSED, SYSTEM, at, {"cause": cause.value, **facts})
    return bool(change_states(session, Issue.id == issue_id, {before}, IssueState.PAUSED, change))


def _reason(change: Change) -> str:
    """Shown beside the state: why it is paused or cancelled."""
    if change.action is Action.ISSUE_CANCELLED:
        return as_sentence(f"Cancelled by {change.who.name}")
    if change.action is not Action.ISSUE_PAUSED:
        return ""
    return pause_reason(change.facts) or as_sentence(f"Paused by {change.who.name}")

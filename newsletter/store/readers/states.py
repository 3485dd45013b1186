"""Changes the state of subscriptions: the only place that does, by the table, with an event.

Callers write the evidence of consent themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, null, update
from sqlalchemy.orm import Session

from newsletter.domain.readers.consent import TRANSITIONS, SubscriptionState
from newsletter.store.events import Change, record_change
from newsletter.store.models import Subscription
from newsletter.store.readers.departures import note_departures


def change_state(
    session: Session,
    subscription: Subscription,
    after: SubscriptionState,
    change: Change,
    *,
    how: str,
) -> None:
    """The caller has locked `subscription`. Raises IllegalTransition."""
    before = SubscriptionState(subscription.state)
    change_states(session, Subscription.id == subscription.id, {before}, after, change, how=how)


def change_states(  # noqa: PLR0913  which ones, from where to where, and why
    session: Session,
    which: ColumnElement[bool],
    before: Collection[SubscriptionState],
    after: SubscriptionState,
    change: Change,
    *,
    how: str,
) -> list[int]:
    """Changes subscriptions in a state of `before`, and returns their ids.

    `how` is shown beside the state, for a suppression its reason. Raises IllegalTransition.
    """
    for state in before:
        TRANSITIONS.require(state, after)
    changed = session.execute(
        update(Subscription)
        .where(which, Subscription.state.in_(before))
        .values(
            state=after,
            state_at=change.at,
            state_how=how,
            confirmation_sent_on=_asked_on(),
        )
        .returning(Subscription.id, Subscription.subscriber_id, Subscription.newsletter_id)
        .execution_options(synchronize_session="fetch")
    ).all()
    for row in changed:
        record_change(session, change, row.subscriber_id, newsletter_id=row.newsletter_id)
    if after is SubscriptionState.UNSUBSCRIBED and changed:
        note_departures(session, [row.id for row in changed], change.at)
    return [row.id for row in changed]


def _asked_on() -> ColumnElement[Any]:
    """Someone who has answered may be asked again that day: they may leave and come back."""
    is_answered = Subscription.state == SubscriptionState.PENDING
    return case((is_answered, null()), else_=Subscription.confirmation_sent_on)

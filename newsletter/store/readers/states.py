"""The one place where the state of a subscription changes: by the table, and recorded.

Evidence of consent is written beside it, by who knows what the reader did.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from newsletter.domain.consent import TRANSITIONS, SubscriptionState
from newsletter.store.events import Change, record_change
from newsletter.store.models import Subscription


def change_state(
    session: Session,
    subscription: Subscription,
    after: SubscriptionState,
    change: Change,
    *,
    how: str,
) -> None:
    """`subscription` is locked by the caller. Raises IllegalTransition."""
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
    """The ids of the subscriptions that were in a state of `before` and changed.

    `how` is shown beside the state. Raises IllegalTransition.
    """
    for state in before:
        TRANSITIONS.require(state, after)
    changed = session.execute(
        update(Subscription)
        .where(which, Subscription.state.in_(before))
        .values(state=after, state_at=change.at, state_how=how)
        .returning(Subscription.id, Subscription.subscriber_id, Subscription.newsletter_id)
        .execution_options(synchronize_session="fetch")
    ).all()
    for row in changed:
        record_change(session, change, row.subscriber_id, newsletter_id=row.newsletter_id)
    return [row.id for row in changed]

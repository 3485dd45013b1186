"""Unsubscribes a reader: the same for the reader, an editor, the command line and the service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.readers.consent import GONE, ConsentKind, SubscriptionState
from newsletter.domain.staff.principals import Principal, PrincipalKind
from newsletter.store.events import Change
from newsletter.store.models import Consent, Subscription
from newsletter.store.readers.states import change_state, change_states
from newsletter.store.readers.subscriptions import record_consent
from newsletter.store.sending.ledger import withdraw_copies

_ON_BEHALF = frozenset({PrincipalKind.EDITOR, PrincipalKind.COMMAND_LINE})


def withdraw(  # noqa: PLR0913  who leaves, how it came about, and when
    session: Session,
    subscription: Subscription,
    *,
    who: Principal,
    how: str,
    at: datetime,
    client_address: str | None = None,
) -> bool:
    """False if they had already left. The caller has locked `subscription`.

    After the commit no copy for them is claimed. Waits for claims that are being made.
    """
    if subscription.state in GONE:
        return False
    change = Change(Action.SUBSCRIBER_UNSUBSCRIBED, who, at, {"how": how})
    shown = f"by an editor: {how}" if who.kind in _ON_BEHALF else how
    change_state(session, subscription, SubscriptionState.UNSUBSCRIBED, change, how=shown)
    record_consent(
        session,
        subscription.id,
        ConsentKind.WITHDRAWN,
        at=at,
        how=how,
        actor=who.name,
        client_address=client_address,
    )
    withdraw_copies(session, {subscription.id: subscription.subscriber_id}, at)
    return True


def withdraw_all(
    session: Session, leaving: Mapping[int, str], *, who: Principal, how: str, at: datetime
) -> int:
    """The same for many subscriptions by a list. `leaving` has each with what is its evidence.

    Those who left already stay as they are: returns how many did not. The caller commits.
    """
    theirs = Subscription.id.in_(leaving)
    session.execute(
        select(Subscription.id).where(theirs).order_by(Subscription.id).with_for_update()
    )
    change = Change(Action.SUBSCRIBER_UNSUBSCRIBED, who, at, {"how": how})
    after = SubscriptionState.UNSUBSCRIBED
    changed = change_states(session, theirs, set(SubscriptionState) - GONE, after, change, how=how)
    session.add_all(
        Consent(
            subscription_id=subscription_id,
            kind=ConsentKind.WITHDRAWN,
            at=at,
            how=leaving[subscription_id],
            actor=who.name,
        )
        for subscription_id in changed
    )
    readers = select(Subscription.id, Subscription.subscriber_id).where(
        Subscription.id.in_(changed)
    )
    left = {row.id: row.subscriber_id for row in session.execute(readers)}
    withdraw_copies(session, left, at)
    return len(left)

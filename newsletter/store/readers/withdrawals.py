"""Unsubscribes a reader: the same for the reader, an editor, the command line and the service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.consent import GONE, ConsentKind, SubscriptionState
from newsletter.domain.principals import Principal, PrincipalKind
from newsletter.store.events import Change
from newsletter.store.models import Subscription
from newsletter.store.readers.states import change_state
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
    withdraw_copies(session, subscription.subscriber_id, subscription.id, at)
    return True

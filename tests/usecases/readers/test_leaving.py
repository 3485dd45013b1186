"""Everyone leaves by one way: whoever ends a subscription, the same traces are left."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from newsletter.domain.actions import Action
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import GONE, ConsentKind, SubscriptionState
from newsletter.domain.staff.principals import SYSTEM, Principal
from newsletter.store.events import history_of
from newsletter.store.models import Delivery, Subscription
from newsletter.store.readers.subscriptions import evidence_of
from newsletter.store.readers.withdrawals import withdraw
from newsletter.usecases.context import Context
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import by

WHO = [
    pytest.param(None, "asked", id="reader"),
    pytest.param(by("ada"), "by an editor: asked", id="editor"),
    pytest.param(Principal.command_line("root"), "by an editor: asked", id="command line"),
    pytest.param(SYSTEM, "asked", id="system"),
]


@pytest.mark.parametrize(("who", "shown"), WHO)
def test_whoever_ends_it_the_copies_the_evidence_and_the_history_say_so(
    context: Context, who: Principal | None, shown: str
) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter)
    issue = an_issue(context, newsletter)
    send_now(context, issue.id, by("ada"))
    start_issue(context, issue.id)
    who = who or Principal.reader(reader.subscriber_id)

    assert leave(context, reader, who)

    with context.database.read() as session:
        found = session.get_one(Subscription, reader.id)
        assert (found.state, found.state_how) == (SubscriptionState.UNSUBSCRIBED, shown)
        (evidence,) = evidence_of(session, reader.id)
        assert (evidence.kind, evidence.how) == (ConsentKind.WITHDRAWN, "asked")
        assert evidence.actor == who.name
        (event,) = history_of(session, "subscriber", reader.subscriber_id)
        assert (event.action, event.who) == (Action.SUBSCRIBER_UNSUBSCRIBED, who.name)
        assert event.who_kind == who.kind
        assert event.facts == {"how": "asked", "newsletter_id": newsletter.id}
        copy = session.scalars(select(Delivery)).one()
        assert copy.state == DeliveryState.WITHDRAWN


@pytest.mark.parametrize("state", sorted(GONE))
def test_nobody_leaves_twice(context: Context, state: SubscriptionState) -> None:
    reader = a_subscriber(context, a_newsletter(context), state=state)
    assert not leave(context, reader, by("ada"))
    with context.database.read() as session:
        assert evidence_of(session, reader.id) == []
        assert history_of(session, "subscriber", reader.subscriber_id) == ()
        assert session.get_one(Subscription, reader.id).state == state


def leave(context: Context, reader: Any, who: Principal) -> bool:
    with context.database.write() as session:
        subscription = session.get_one(Subscription, reader.id, with_for_update=True)
        return withdraw(session, subscription, who=who, how="asked", at=context.now())

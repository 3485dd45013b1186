"""An address that nobody confirmed goes after 30 days, with all that was stored for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.events import history_of
from newsletter.store.models import (
    Consent,
    Event,
    Newsletter,
    OutboxMessage,
    Subscriber,
    Subscription,
)
from newsletter.store.newsletters import profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.readers import delete_unconfirmed as module
from newsletter.usecases.readers.confirm import confirm
from newsletter.usecases.readers.delete_unconfirmed import delete_unconfirmed
from newsletter.usecases.readers.sign_up import sign_up
from newsletter.usecases.readers.unsubscribe import unsubscribe
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber

TABLES = (Subscriber, Subscription, Consent, OutboxMessage)


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    return a_newsletter(context)


def ask(context: Context, newsletter: Newsletter, address: str = "ann@example.org") -> int:
    """The subscription's id."""
    sign_up(context, profile_of(newsletter), address, "192.0.2.1")
    with context.database.read() as session:
        query = select(Subscription.id).order_by(Subscription.id.desc())
        return session.scalars(query).first() or 0


def confirmed(context: Context, subscription_id: int) -> None:
    with context.database.read() as session:
        query = select(Consent.id).where(Consent.subscription_id == subscription_id)
        ask_id = session.scalars(query.order_by(Consent.id.desc())).first() or 0
    confirm(context, context.signer.sign_confirmation(subscription_id, ask_id), "192.0.2.1")


def rows(context: Context) -> list[int]:
    with context.database.read() as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in TABLES]


def state_of(context: Context, subscription_id: int) -> str:
    with context.database.read() as session:
        return session.get_one(Subscription, subscription_id).state


def test_nothing_of_it_is_left_but_a_number(
    context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    ask(context, newsletter)
    clock.advance(timedelta(days=29))
    assert delete_unconfirmed(context) == 0
    clock.advance(timedelta(days=2))
    assert delete_unconfirmed(context) == 1
    assert rows(context) == [0, 0, 0, 0]
    with context.database.read() as session:
        (event,) = history_of(session, "newsletter", newsletter.id)
        assert event.sentence == "Deleted signups that nobody confirmed: 1"
        assert "ann" not in str([row.facts for row in session.scalars(select(Event))])
    assert delete_unconfirmed(context) == 0


def test_asking_again_begins_the_time_anew(
    context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    subscription_id = ask(context, newsletter)
    clock.advance(timedelta(days=20))
    ask(context, newsletter)
    clock.advance(timedelta(days=20))
    assert delete_unconfirmed(context) == 0
    assert state_of(context, subscription_id) == "pending"
    clock.advance(timedelta(days=12))
    assert delete_unconfirmed(context) == 1


@pytest.mark.parametrize("state", sorted(set(SubscriptionState) - {SubscriptionState.PENDING}))
def test_everyone_else_stays(
    context: Context, newsletter: Newsletter, clock: Clock, state: SubscriptionState
) -> None:
    a_subscriber(context, newsletter, state=state)
    clock.advance(timedelta(days=99))
    assert delete_unconfirmed(context) == 0
    assert rows(context)[:2] == [1, 1]


def test_who_was_a_reader_before_and_asked_again_is_unsubscribed_with_the_history_kept(
    context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    subscription_id = ask(context, newsletter)
    confirmed(context, subscription_id)
    unsubscribe(context, context.signer.sign_unsubscribe(subscription_id), "page", "192.0.2.1")
    clock.advance(timedelta(days=1))
    ask(context, newsletter)
    assert state_of(context, subscription_id) == "pending"
    before = rows(context)
    clock.advance(timedelta(days=31))
    assert delete_unconfirmed(context) == 1
    assert state_of(context, subscription_id) == "unsubscribed"
    assert rows(context)[:2] == before[:2]
    assert rows(context)[2] == before[2] + 1
    assert delete_unconfirmed(context) == 0


def test_a_reader_of_another_newsletter_loses_only_the_signup(
    context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    kept = ask(context, newsletter)
    confirmed(context, kept)
    ask(context, a_newsletter(context))
    clock.advance(timedelta(days=31))
    assert delete_unconfirmed(context) == 1
    assert rows(context)[:2] == [1, 1]
    assert state_of(context, kept) == "active"
    with context.database.read() as session:
        person = session.scalars(select(Subscriber)).one()
        assert history_of(session, "subscriber", person.id)


def test_many_go_in_several_transactions(
    context: Context, newsletter: Newsletter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    for number in range(5):
        ask(context, newsletter, f"a{number}@example.org")
    clock.advance(timedelta(days=31))
    assert [delete_unconfirmed(context) for _ in range(4)] == [2, 2, 1, 0]
    assert rows(context) == [0, 0, 0, 0]


def test_a_confirmation_link_that_works_longer_keeps_its_signup(
    context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    patient = replace(
        context, settings=replace(context.settings, confirmation_expiry=timedelta(days=60))
    )
    ask(patient, newsletter)
    clock.advance(timedelta(days=31))
    assert delete_unconfirmed(patient) == 0
    clock.advance(timedelta(days=31))
    assert delete_unconfirmed(patient) == 1

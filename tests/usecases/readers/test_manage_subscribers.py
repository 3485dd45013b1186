"""What editors do to one reader: add, unsubscribe, suppress, lift, erase."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.problems import InvalidFields
from newsletter.domain.readers.addresses import hashed_address
from newsletter.domain.readers.consent import (
    ConsentKind,
    SubscriptionState,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.readers.departures import Departure, DepartureKind
from newsletter.domain.staff.principals import SYSTEM, Principal
from newsletter.domain.staff.roles import Role
from newsletter.spool.departures import read_departures
from newsletter.store.models import (
    Consent,
    Delivery,
    Edition,
    Event,
    LastMailed,
    OutboxMessage,
    Subscriber,
    Subscription,
    SubscriptionTag,
    Suppression,
)
from newsletter.store.outbox import add_to_outbox
from newsletter.store.readers import suppressions
from newsletter.store.readers.suppressions import Cause
from newsletter.usecases.context import Context
from newsletter.usecases.readers.add_subscriber import (
    Added,
    AlreadyUnsubscribed,
    NewSubscriber,
    add_subscriber,
)
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.list_subscribers import show_subscriber
from newsletter.usecases.readers.suppress_subscriber import (
    lift_suppression,
    suppress_address,
    suppress_subscriber,
)
from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber
from newsletter.usecases.staff.audit import AuditFilter, list_audit
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR, by

ADA = by("ada@example.org")


def rows(context: Context, table: Any) -> list[Any]:
    with context.database.read() as session:
        return list(session.scalars(select(table)))


def test_who_is_added_is_active_and_the_evidence_says_who_added_them_and_how(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    new = NewSubscriber("Bo@Example.ORG", "Asked by mail", name="Bo", tags="a;b")
    added = add_subscriber(context, newsletter.slug, new, ADA)
    assert (added.address, added.is_new) == ("Bo@example.org", True)
    (evidence,) = rows(context, Consent)
    assert (evidence.kind, evidence.how, evidence.actor) == (
        ConsentKind.ADDED,
        "Asked by mail",
        ADA.name,
    )
    details = show_subscriber(context, newsletter.slug, added.subscriber_id, EDITOR)
    assert details.state == SubscriptionState.ACTIVE
    assert details.tags == ("a", "b")


def test_adding_tells_all_that_is_wrong_at_once(context: Context) -> None:
    newsletter = a_newsletter(context)
    with pytest.raises(InvalidFields) as caught:
        add_subscriber(context, newsletter.slug, NewSubscriber("no\nbody", "", attributes="{"), ADA)
    assert set(caught.value.problems) == {"address", "consent", "attributes"}
    assert rows(context, Subscriber) == []


def test_the_same_address_in_other_letters_is_the_same_reader(context: Context) -> None:
    newsletter = a_newsletter(context)
    first = add_subscriber(context, newsletter.slug, NewSubscriber("bo@x.org", "mail"), ADA)
    second = add_subscriber(context, newsletter.slug, NewSubscriber("BO@X.org", "mail"), ADA)
    assert first.subscriber_id == second.subscriber_id
    assert not second.is_new
    assert len(rows(context, Consent)) == 1


def test_two_who_add_the_same_address_at_once_make_one_reader(context: Context) -> None:
    newsletter = a_newsletter(context)
    start = threading.Barrier(4)
    added: list[Added] = []

    def add() -> None:
        start.wait()
        added.append(
            add_subscriber(context, newsletter.slug, NewSubscriber("bo@x.org", "mail"), ADA)
        )

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.is_new for one in added) == [False, False, False, True]
    assert len(rows(context, Subscription)) == len(rows(context, Consent)) == 1


def test_who_left_comes_back_only_with_the_word_that_they_asked(context: Context) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter, address="bo@x.org", state=SubscriptionState.UNSUBSCRIBED)
    with pytest.raises(AlreadyUnsubscribed, match="unsubscribed from this newsletter before"):
        add_subscriber(context, newsletter.slug, NewSubscriber("bo@x.org", "mail"), ADA)
    assert rows(context, Subscription)[0].state == SubscriptionState.UNSUBSCRIBED
    add_subscriber(
        context, newsletter.slug, NewSubscriber("bo@x.org", "mail", asked_again="by phone"), ADA
    )
    assert rows(context, Subscription)[0].state == SubscriptionState.ACTIVE
    assert rows(context, Consent)[0].how == "asked again: by phone; mail"


def test_a_suppressed_address_is_not_added_even_when_they_asked_again(context: Context) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter, address="bo@x.org")
    suppress_subscriber(context, newsletter.slug, reader.subscriber_id, "Legal letter", ADA)
    for slug in (newsletter.slug, a_newsletter(context).slug):
        with pytest.raises(Conflict, match="suppressed"):
            add_subscriber(context, slug, NewSubscriber("Bo@x.org", "mail", asked_again="yes"), ADA)


def test_unsubscribing_twice_leaves_one_piece_of_evidence(context: Context) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter).subscriber_id
    assert unsubscribe_subscriber(context, newsletter.slug, reader, "Asked by mail", ADA)
    assert not unsubscribe_subscriber(context, newsletter.slug, reader, "Asked again", ADA)
    assert [piece.how for piece in rows(context, Consent)] == ["Asked by mail"]


def test_suppressing_closes_the_subscriptions_of_all_newsletters(context: Context) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter, address="bo@x.org").subscriber_id
    a_subscriber(context, a_newsletter(context), address="bo@x.org")
    assert suppress_subscriber(context, newsletter.slug, reader, "Legal letter", ADA)
    assert not suppress_subscriber(context, newsletter.slug, reader, "Again", ADA)
    assert {one.state for one in rows(context, Subscription)} == {SubscriptionState.SUPPRESSED}
    assert len(rows(context, Consent)) == 2


def test_a_lifted_suppression_leaves_the_reader_unsubscribed(context: Context) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter).subscriber_id
    suppress_subscriber(context, newsletter.slug, reader, "A mistake", ADA)
    lift_suppression(context, newsletter.slug, reader, "It was a mistake", ADA)
    assert rows(context, Suppression) == []
    assert rows(context, Subscription)[0].state == SubscriptionState.UNSUBSCRIBED


def because_of(context: Context, cause: Cause) -> tuple[str, int]:
    """A subscriber, bo@x.org, who is suppressed for it: the newsletter's slug and the id."""
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter, address="bo@x.org")
    with context.database.write() as session:
        suppressions.suppress_subscriber(
            session,
            session.get_one(Subscriber, reader.subscriber_id),
            address=hashed_address("bo@x.org", context.settings.address_hash_key.encode()),
            cause=cause,
            who=SYSTEM,
            now=context.now(),
        )
    return newsletter.slug, reader.subscriber_id


def test_what_a_server_said_of_an_address_is_lifted_with_a_reason(context: Context) -> None:
    cause = Cause(SuppressionReason.HARD_BOUNCE, SuppressionSource.RELAY, "550 5.1.1 unknown")
    slug, reader = because_of(context, cause)
    with pytest.raises(InvalidInput, match="reason"):
        lift_suppression(context, slug, reader, " ", ADA)
    lift_suppression(context, slug, reader, "Their server was broken", ADA)
    assert rows(context, Suppression) == []


def test_a_complaint_is_lifted_only_by_who_types_the_address_again(context: Context) -> None:
    slug, reader = because_of(context, Cause(SuppressionReason.COMPLAINT, SuppressionSource.REPORT))
    with pytest.raises(InvalidInput, match="spam"):
        lift_suppression(context, slug, reader, "They wrote to us", ADA, typed_address="b@x.org")
    lift_suppression(context, slug, reader, "They wrote to us", ADA, typed_address="Bo@x.org")
    assert rows(context, Subscription)[0].state == SubscriptionState.UNSUBSCRIBED


def test_a_suppression_for_one_newsletter_leaves_the_others_alone(context: Context) -> None:
    slug, bo = because_of(context, Cause(SuppressionReason.EDITOR, SuppressionSource.EDITOR))
    lift_suppression(context, slug, bo, "Start again", ADA)
    other = a_newsletter(context)
    there = a_subscriber(context, other, address="bo@x.org")
    assert suppress_subscriber(context, other.slug, bo, "Not this one", ADA, only_here=True)
    with pytest.raises(Conflict, match="suppressed"):
        add_subscriber(context, other.slug, NewSubscriber("bo@x.org", "mail", "", "", "", "x"), ADA)
    add_subscriber(context, slug, NewSubscriber("bo@x.org", "mail", asked_again="yes"), ADA)
    states = {one.id: one.state for one in rows(context, Subscription)}
    assert states.pop(there.id) == SubscriptionState.SUPPRESSED
    assert set(states.values()) == {SubscriptionState.ACTIVE}


def test_lifting_the_one_for_all_leaves_the_one_for_a_newsletter(context: Context) -> None:
    newsletter, other = a_newsletter(context), a_newsletter(context)
    bo = a_subscriber(context, newsletter, address="bo@x.org")
    a_subscriber(context, other, address="bo@x.org")
    suppress_subscriber(context, newsletter.slug, bo.subscriber_id, "Here", ADA, only_here=True)
    suppress_address(context, "bo@x.org", "Everywhere", ADA)
    lift_suppression(context, other.slug, bo.subscriber_id, "Not everywhere", ADA)
    states = {one.newsletter_id: one.state for one in rows(context, Subscription)}
    assert states[newsletter.id] == SubscriptionState.SUPPRESSED
    assert states[other.id] == SubscriptionState.UNSUBSCRIBED


def test_an_erased_person_is_gone_from_everywhere_and_nothing_more_is_sent(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(
        context, newsletter, address="bo@x.org", name="Bo Berg", attributes={"a": "Bo"}, tags=["Bo"]
    )
    with context.database.write() as session:
        session.add(
            Consent(
                subscription_id=reader.id,
                kind=ConsentKind.ASKED,
                at=context.now(),
                how="Bo Berg said so",
                client_address="192.0.2.7",
                message_id="<m@x.org>",
            )
        )
    deliveries = a_delivery_in_each_state(context, newsletter, reader)
    with context.database.write() as session:
        add_to_outbox(
            session,
            OutboxKind.CONFIRMATION,
            now=context.now(),
            expires_at=context.now() + timedelta(days=1),
            newsletter_id=newsletter.id,
            subscriber_id=reader.subscriber_id,
            payload={"subscription_id": reader.id},
        )
    with pytest.raises(InvalidInput, match="Nothing was erased"):
        erase_subscriber(context, newsletter.slug, reader.subscriber_id, "cy@x.org", ADA)
    erase_subscriber(context, newsletter.slug, reader.subscriber_id, "BO@x.org", ADA)

    tables = (Subscriber, Subscription, Consent, Delivery, OutboxMessage, Suppression, Event)
    with context.database.read() as session:
        left = " ".join(
            str(row) for table in tables for row in session.execute(select(table.__table__)).all()
        )
    for word in ("bo@x.org", "Bo Berg", "'Bo'", "192.0.2.7", "<m@x.org>"):
        assert word not in left
    assert {one.state for one in rows(context, Delivery)} == {
        DeliveryState.ACCEPTED,
        DeliveryState.WITHDRAWN,
    }
    assert len(rows(context, Delivery)) == deliveries
    assert [one.state for one in rows(context, OutboxMessage)] == [DeliveryState.WITHDRAWN]
    with pytest.raises(Conflict):
        add_subscriber(context, newsletter.slug, NewSubscriber("bo@x.org", "mail"), ADA)


def test_an_editor_of_some_newsletters_erases_from_those_alone_and_a_restored_backup_knows(
    context: Context,
) -> None:
    ours, theirs = a_newsletter(context), a_newsletter(context)
    here = a_subscriber(context, ours, address="bo@x.org", name="Bo Berg", tags=["Bo"])
    a_delivery_in_each_state(context, ours, here)
    add_subscriber(context, theirs.slug, NewSubscriber("bo@x.org", "mail"), ADA)
    editor = Principal.editor(7, "eve", {ours.id: Role.EDITOR})
    left = erase_subscriber(context, ours.slug, here.subscriber_id, "bo@x.org", editor)

    assert left != here.subscriber_id
    erased = show_subscriber(context, ours.slug, left, editor)
    assert (erased.is_erased, erased.tags) == (True, ())
    kept = show_subscriber(context, theirs.slug, here.subscriber_id, ADA)
    assert (kept.address, kept.state) == ("bo@x.org", SubscriptionState.ACTIVE)
    assert {one.subscriber_id for one in rows(context, Delivery)} == {left}
    assert rows(context, SubscriptionTag) == [], "the index of tags forgets as well"
    mailed = {(one.newsletter_id, one.subscriber_id) for one in rows(context, LastMailed)}
    assert mailed == {(ours.id, left), (theirs.id, here.subscriber_id)}
    (act,) = list_audit(context, ADA, AuditFilter(action="subscriber.erased"), ours.slug)
    assert act.happened.who == "eve", "erasing hides no act from the owner"
    with pytest.raises(Conflict):
        add_subscriber(context, ours.slug, NewSubscriber("bo@x.org", "mail"), ADA)
    (departure,) = read_departures(context.settings.departures_path)
    assert (departure.kind, departure.newsletter_id) == (DepartureKind.ERASED_FROM_ONE, ours.id)
    assert Departure.from_line(departure.to_line()) == departure

    last = Principal.editor(8, "ian", {theirs.id: Role.OWNER})
    left = erase_subscriber(context, theirs.slug, here.subscriber_id, "bo@x.org", last)
    assert left != here.subscriber_id, "no id says whether another newsletter keeps the person"
    assert {one.address for one in rows(context, Subscriber)} == {None}


def a_delivery_in_each_state(context: Context, newsletter: Any, reader: Subscription) -> int:
    states = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.ACCEPTED)
    for number, state in enumerate(states, 1):
        issue = an_issue(context, newsletter)
        with context.database.write() as session:
            edition = Edition(
                issue_id=issue.id,
                newsletter_id=newsletter.id,
                number=number,
                subject="On tools",
                html="",
                text="",
                content={},
                active_at_freeze=1,
                frozen_at=context.now(),
                expires_at=context.now() + timedelta(days=2),
            )
            session.add(edition)
            session.flush()
            session.add(
                Delivery(
                    edition_id=edition.id,
                    subscriber_id=reader.subscriber_id,
                    subscription_id=reader.id,
                    state=state,
                    state_at=context.now(),
                    reply_code=250,
                    reply_text="<bo@x.org> noted",
                )
            )
    return len(states)


def test_an_address_that_is_pasted_with_a_name_is_added_with_both(context: Context) -> None:
    newsletter = a_newsletter(context)
    added = add_subscriber(
        context, newsletter.slug, NewSubscriber("\u200bBo Berg <mailto:bo@x.org.>", "asked"), ADA
    )
    assert added.address == "bo@x.org"
    with context.database.read() as session:
        assert session.scalars(select(Subscription.name)).one() == "Bo Berg"

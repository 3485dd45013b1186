"""Mails to one person go through the outbox: a row first, and lost with nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from urllib.parse import urlsplit

import pytest
import redis
from sqlalchemy import select

from newsletter.delivery.deliver_outbox import deliver_outbox
from newsletter.delivery.leases import Leases
from newsletter.delivery.recover import recover_expired_leases
from newsletter.delivery.sweep import sweep, tick
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.store.models import Consent, Issue, Newsletter, OutboxMessage, Subscription, User
from newsletter.store.outbox import add_to_outbox
from newsletter.store.readers.subscriptions import record_consent
from newsletter.urls import archive_url
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_notice import compose_welcome
from newsletter.usecases.readers.confirm import confirm
from newsletter.usecases.readers.unsubscribe import unsubscribe
from newsletter.usecases.sending.send_proof import send_proof
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import by
from tests.support.services.relay import Relay


class Post:
    """A relay, a worker's hands, and one newsletter."""

    def __init__(self, context: Context, relay: Relay) -> None:
        self.context = replace(
            context, settings=replace(context.settings, smtp_url=f"smtp://127.0.0.1:{relay.port}")
        )
        self.relay = relay
        self.transmitter = Transmitter(self.context)
        self.leases = Leases("test/1", self.context.settings.lease_duration)
        self.newsletter: Newsletter = a_newsletter(self.context)

    def ask(self, address: str) -> tuple[int, Subscription]:
        subscription = a_subscriber(
            self.context, self.newsletter, address=address, state=SubscriptionState.PENDING
        )
        with self.context.database.write() as session:
            record_consent(session, subscription.id, ConsentKind.ASKED, at=self.context.now())
        payload = {"subscription_id": subscription.id}
        return self.put(OutboxKind.CONFIRMATION, payload=payload), subscription

    def put(self, kind: OutboxKind, **columns: object) -> int:
        now = self.context.now()
        with self.context.database.write() as session:
            return add_to_outbox(
                session,
                kind,
                now=now,
                expires_at=now + self.context.settings.outbox_expiry,
                newsletter_id=self.newsletter.id,
                **columns,
            )

    def deliver(self, outbox_id: int) -> str:
        return deliver_outbox(self.context, self.transmitter, self.leases, outbox_id)

    def row(self, outbox_id: int) -> OutboxMessage:
        with self.context.database.read() as session:
            return session.get_one(OutboxMessage, outbox_id)

    def only_message(self) -> Message:
        ((_, message),) = self.relay.received
        return message


@pytest.fixture
def post(context: Context) -> Iterator[Post]:
    relay = Relay()
    relay.start()
    post = Post(context, relay)
    yield post
    post.transmitter.close()
    relay.stop()


def an_editor(context: Context, address: str = "ada@example.org") -> User:
    user = User(
        address=address,
        address_key=address,
        name="Ada",
        sign_in_stamp="one",
        created_at=context.now(),
    )
    with context.database.write() as session:
        session.add(user)
    return user


def text_of(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            return part.get_payload(decode=True).decode()
    raise AssertionError("no text part")


def test_a_confirmation_carries_a_link_that_confirms_that_subscription(post: Post) -> None:
    outbox_id, subscription = post.ask("reader@example.org")
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED
    message = post.only_message()
    assert message["To"] == "reader@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    url = next(word for word in text_of(message).split() if "/confirm/" in word)
    token = urlsplit(url).path.rpartition("/")[2]
    expiry = post.context.settings.confirmation_expiry
    confirmed_id, _ = post.context.signer.read_confirmation(token, expiry)
    assert confirmed_id == subscription.id


def test_the_message_id_of_the_confirmation_is_kept_with_the_evidence(post: Post) -> None:
    outbox_id, subscription = post.ask("reader@example.org")
    post.deliver(outbox_id)
    with post.context.database.read() as session:
        asked = session.scalars(
            select(Consent).where(Consent.subscription_id == subscription.id)
        ).one()
    assert asked.message_id == post.only_message()["Message-ID"]


def test_a_mail_is_sent_once_however_often_workers_are_woken(post: Post) -> None:
    outbox_id, _ = post.ask("reader@example.org")
    post.deliver(outbox_id)
    assert post.deliver(outbox_id) == "not ours"
    assert len(post.relay.received) == 1


def test_losing_redis_loses_no_mail(post: Post) -> None:
    outbox_id, _ = post.ask("reader@example.org")
    redis.Redis.from_url(post.context.settings.redis_url).flushall()
    assert tick(post.context).outbox == [outbox_id]


def test_a_mail_that_was_queued_is_not_queued_again_until_its_wakeup_seems_lost(
    post: Post, clock: Clock
) -> None:
    outbox_id, _ = post.ask("reader@example.org")
    assert tick(post.context).outbox == [outbox_id]
    assert tick(post.context).outbox == []
    clock.advance(timedelta(seconds=31))
    assert tick(post.context).outbox == [outbox_id]


def test_a_deferred_mail_comes_back_later(post: Post, clock: Clock) -> None:
    outbox_id, _ = post.ask("greylisted-1@example.org")
    post.deliver(outbox_id)
    assert tick(post.context).outbox == []
    clock.advance(timedelta(minutes=6))
    post.relay.replies.clear()
    assert tick(post.context).outbox == [outbox_id]
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED
    assert post.row(outbox_id).attempts == 2


def test_a_refused_mail_fails_and_keeps_what_the_relay_said(post: Post) -> None:
    outbox_id, _ = post.ask("unknown-1@example.org")
    assert post.deliver(outbox_id) == DeliveryState.FAILED
    assert post.row(outbox_id).reply_enhanced == "5.1.1"


def test_a_relay_in_trouble_holds_back_all_mail_for_a_while(post: Post, clock: Clock) -> None:
    post.relay.at_mail = "421 4.3.2 too busy"
    first, _ = post.ask("one@example.org")
    second, _ = post.ask("two@example.org")
    assert post.deliver(first) == DeliveryState.PENDING
    assert post.deliver(second) == "not ours"
    post.relay.at_mail = ""
    clock.advance(timedelta(seconds=31))
    assert post.deliver(first) == DeliveryState.ACCEPTED
    assert post.deliver(second) == DeliveryState.ACCEPTED


def test_no_confirmation_is_sent_for_a_subscription_that_is_already_confirmed(post: Post) -> None:
    outbox_id, subscription = post.ask("reader@example.org")
    with post.context.database.write() as session:
        session.get_one(Subscription, subscription.id).state = SubscriptionState.ACTIVE
    assert post.deliver(outbox_id) == DeliveryState.WITHDRAWN
    assert post.relay.received == []


def test_a_mail_that_was_not_accepted_in_time_expires(post: Post, clock: Clock) -> None:
    outbox_id, _ = post.ask("reader@example.org")
    clock.advance(timedelta(hours=25))
    assert post.deliver(outbox_id) == "not ours"
    sweep(post.context)
    assert post.row(outbox_id).state == DeliveryState.EXPIRED


def test_mail_that_a_dead_worker_was_sending_is_sent_again(post: Post, clock: Clock) -> None:
    outbox_id, _ = post.ask("reader@example.org")
    with post.context.database.write() as session:
        row = session.get_one(OutboxMessage, outbox_id)
        row.state, row.lease_owner = DeliveryState.HANDING_OVER, "dead/9"
        row.lease_until = post.context.now() + timedelta(seconds=60)
    clock.advance(timedelta(seconds=61))
    assert recover_expired_leases(post.context) == 1
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED


def test_a_sign_in_link_goes_to_the_editor_who_asked(post: Post) -> None:
    user = an_editor(post.context)
    outbox_id = post.put(OutboxKind.SIGN_IN, user_id=user.id)
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED
    assert "/editor/sign-in/" in text_of(post.only_message())


def test_a_test_of_an_issue_says_that_it_is_one_and_unsubscribes_nobody(post: Post) -> None:
    user = an_editor(post.context)
    issue = an_issue(post.context, post.newsletter, subject="Hello")
    outbox_id = post.put(OutboxKind.TEST, user_id=user.id, payload={"issue_id": issue.id})
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED
    message = post.only_message()
    assert message["Subject"] == "[Test] Hello"
    assert "Entry number 1" in text_of(message)
    assert "/unsubscribe/" not in (message["List-Unsubscribe"] or "")


def test_a_proof_goes_to_a_colleague_with_a_note_on_top(post: Post) -> None:
    issue = an_issue(post.context, post.newsletter, subject="Hello")
    (outbox_id,) = send_proof(
        post.context,
        issue.id,
        ["Grace@Example.org", "grace@example.org"],
        "Is it true?\n\nAll?",
        by("Ada"),
    )
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED
    message = post.only_message()
    assert message["Subject"] == "[Proof] Hello"
    text = text_of(message)
    heading = ["Proof, not yet sent to subscribers · Ada", "Is it true?", "All?"]
    assert text.splitlines()[:3] == heading
    assert "Entry number 1" in text
    assert "/unsubscribe/" not in (message["List-Unsubscribe"] or "")


@pytest.mark.parametrize(
    "addresses", [[], [" "], ["grace"], [f"a{n}@example.org" for n in range(21)]]
)
def test_a_proof_goes_to_a_few_people_with_addresses(post: Post, addresses: list[str]) -> None:
    issue = an_issue(post.context, post.newsletter)
    with pytest.raises(InvalidInput):
        send_proof(post.context, issue.id, addresses, "", by("Ada"))


def test_a_reader_who_confirms_gets_a_welcome_and_can_leave_with_one_click(post: Post) -> None:
    _, subscription = post.ask("grace@example.org")
    found = confirm(post.context, post.context.signer.sign_confirmation(subscription.id, 1), "")
    (outbox_id,) = found.outbox_ids
    assert post.deliver(outbox_id) == DeliveryState.ACCEPTED
    message = post.only_message()
    assert message["Subject"] == "Welcome to Field Notes"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].strip("<>") in text_of(message)
    assert message["List-Id"] is None


def test_a_welcome_is_answered_to_the_newsletter_and_leads_to_issues_once_there_are_some(
    post: Post,
) -> None:
    with post.context.database.write() as session:
        session.get_one(Newsletter, post.newsletter.id).reply_to = "letters@example.org"
    _, subscription = post.ask("grace@example.org")
    confirm(post.context, post.context.signer.sign_confirmation(subscription.id, 1), "")
    with post.context.database.read() as session:
        row = session.scalars(select(OutboxMessage).filter_by(kind=OutboxKind.WELCOME)).one()
    first = message_from_bytes(compose_welcome(post.context, row).message)
    assert first["Reply-To"] == "letters@example.org"
    archive = archive_url(post.context.settings.public_url, post.newsletter.slug)
    assert archive not in text_of(first)
    issue_id = an_issue(post.context, post.newsletter).id
    with post.context.database.write() as session:
        session.get_one(Issue, issue_id).state = IssueState.SENT
    assert archive in text_of(message_from_bytes(compose_welcome(post.context, row).message))


def test_a_reader_who_confirms_twice_gets_one_welcome(post: Post) -> None:
    _, subscription = post.ask("grace@example.org")
    token = post.context.signer.sign_confirmation(subscription.id, 1)
    assert confirm(post.context, token, "").outbox_ids
    assert not confirm(post.context, token, "").outbox_ids


def test_a_reader_who_left_meanwhile_gets_no_welcome(post: Post) -> None:
    _, subscription = post.ask("grace@example.org")
    found = confirm(post.context, post.context.signer.sign_confirmation(subscription.id, 1), "")
    unsubscribe(post.context, post.context.signer.sign_unsubscribe(subscription.id), "page", "")
    assert post.deliver(found.outbox_ids[0]) == DeliveryState.WITHDRAWN


def test_a_farewell_is_sent_where_the_operator_wants_one(post: Post) -> None:
    subscription = a_subscriber(post.context, post.newsletter)
    token = post.context.signer.sign_unsubscribe(subscription.id)
    settings = replace(post.context.settings, farewell_mail=True)
    left = unsubscribe(replace(post.context, settings=settings), token, "page", "")
    assert post.deliver(left.outbox_ids[0]) == DeliveryState.ACCEPTED
    message = post.only_message()
    assert message["Subject"] == "You are unsubscribed from Field Notes"
    assert "/preferences/" in text_of(message)


def test_a_reader_who_left_in_another_way_gets_no_mail(post: Post) -> None:
    subscription = a_subscriber(post.context, post.newsletter)
    token = post.context.signer.sign_unsubscribe(subscription.id)
    assert not unsubscribe(post.context, token, "page", "").outbox_ids

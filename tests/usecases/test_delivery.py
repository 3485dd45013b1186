"""Delivery, from the claim to the ledger, over a real SMTP conversation."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.deliveries import DeliveryState, UncertainPolicy
from newsletter.store.journal import Journal
from newsletter.store.models import Batch, Delivery, Issue, Subscriber, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.deliver_batch import deliver_batch
from newsletter.usecases.leases import Leases
from newsletter.usecases.recover import recover_run_out, recover_worker, try_relay_again
from newsletter.usecases.report_issue import IssueReport, report_issue
from newsletter.usecases.schedule_issue import send_now
from newsletter.usecases.start_issue import start_issue
from newsletter.usecases.steer_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sweep import finish_issues, sweep, tick
from newsletter.usecases.transmission import Transmitter
from tests.builders import a_newsletter, a_subscriber, an_issue
from tests.services.relay import Relay


@dataclass
class House:
    """One newsletter, one relay, one worker, all in this process; time moves when told to."""

    context: Context
    relay: Relay
    leases: Leases
    transmitter: Transmitter
    journal: Journal
    newsletter_id: int = 0
    issue_id: int = 0

    def send_to(self, *addresses: str) -> None:
        newsletter = a_newsletter(self.context)
        for address in addresses:
            a_subscriber(self.context, newsletter, address=address)
        self.newsletter_id = newsletter.id
        self.issue_id = an_issue(self.context, newsletter).id
        send_now(self.context, self.issue_id, "editor")
        start_issue(self.context, self.issue_id)

    def deliver(self, stop: threading.Event | None = None) -> None:
        for batch_id in self.open_batches():
            deliver_batch(
                self.context,
                self.transmitter,
                self.leases,
                self.journal,
                batch_id,
                stop or threading.Event(),
            )

    def open_batches(self) -> list[int]:
        with self.context.database.read() as session:
            return list(session.scalars(select(Batch.id).where(Batch.closed_at.is_(None))))

    def line(self, address: str) -> Delivery:
        with self.context.database.read() as session:
            return session.scalars(
                select(Delivery)
                .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
                .where(Subscriber.address == address)
            ).one()

    def subscription(self, address: str) -> Subscription:
        with self.context.database.read() as session:
            return session.scalars(
                select(Subscription).join(Subscriber).where(Subscriber.address == address)
            ).one()

    def leave(self, address: str) -> None:
        with self.context.database.write() as session:
            subscription = session.get_one(Subscription, self.subscription(address).id)
            subscription.state = SubscriptionState.UNSUBSCRIBED

    def issue(self) -> Issue:
        with self.context.database.read() as session:
            return session.get_one(Issue, self.issue_id)

    def report(self) -> IssueReport:
        finish_issues(self.context)
        report = report_issue(self.context, self.issue_id)
        assert report.adds_up, report
        return report


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def house(context: Context, relay: Relay) -> Iterator[House]:
    settings = replace(context.settings, smtp_url=f"smtp://127.0.0.1:{relay.port}", batch_size=2)
    context = replace(context, settings=settings)
    transmitter = Transmitter(settings)
    journal = Journal(settings.journal_path, "test/1")
    yield House(context, relay, Leases("test/1", settings.lease_duration), transmitter, journal)
    transmitter.close()


def with_settings(house: House, **changes: object) -> None:
    house.context = replace(house.context, settings=replace(house.context.settings, **changes))


def test_everyone_active_gets_one_copy_and_the_issue_is_sent(house: House) -> None:
    addresses = [f"reader{n}@example.org" for n in range(5)]
    house.send_to(*addresses)
    house.deliver()
    assert sorted(house.relay.recipients) == addresses
    report = house.report()
    assert (report.state, report.accepted, report.active_at_freeze) == ("sent", 5, 5)
    assert house.line(addresses[0]).queue_id.startswith("Q")


def test_an_issue_is_started_once_however_often_it_is_asked_for(house: House) -> None:
    house.send_to("one@example.org")
    assert start_issue(house.context, house.issue_id) == 0
    house.deliver()
    house.deliver()
    assert house.relay.recipients == ["one@example.org"]


def test_someone_who_left_after_the_audience_was_drawn_gets_nothing(house: House) -> None:
    house.send_to("stays@example.org", "leaves@example.org")
    house.leave("leaves@example.org")
    house.deliver()
    assert house.relay.recipients == ["stays@example.org"]
    assert house.report().withdrawn == 1


def test_an_address_that_does_not_exist_fails_and_is_suppressed(house: House) -> None:
    house.send_to("unknown-1@example.org", "fine@example.org")
    house.deliver()
    line = house.line("unknown-1@example.org")
    assert (line.state, line.reply_code, line.reply_enhanced) == ("failed", 550, "5.1.1")
    assert house.subscription("unknown-1@example.org").state == SubscriptionState.SUPPRESSED
    assert house.report().failures[0].reply.startswith("550 5.1.1")


def test_a_block_fails_the_copy_and_leaves_the_reader_subscribed(house: House) -> None:
    house.send_to("blocked-1@example.org")
    house.deliver()
    assert house.line("blocked-1@example.org").state == DeliveryState.FAILED
    assert house.subscription("blocked-1@example.org").state == SubscriptionState.ACTIVE


def test_a_deferred_copy_comes_back_by_the_schedule_and_not_before(
    house: House, clock: object
) -> None:
    house.send_to("greylisted-1@example.org")
    house.deliver()
    assert house.line("greylisted-1@example.org").state == DeliveryState.DEFERRED
    assert tick(house.context).batches == []
    assert house.report().state == "sending"

    house.relay.replies.clear()
    clock.advance(timedelta(minutes=6))
    assert tick(house.context).batches
    house.deliver()
    assert house.report().state == "sent"
    assert house.line("greylisted-1@example.org").attempts == 2


def test_every_attempt_carries_the_same_message_id(house: House, clock: object) -> None:
    house.send_to("dropped-1@example.org")
    house.deliver()
    assert house.line("dropped-1@example.org").state == DeliveryState.UNCERTAIN
    clock.advance(timedelta(minutes=6))
    tick(house.context)
    house.deliver()
    first, second = (message["Message-ID"] for _, message in house.relay.received)
    assert first == second


def test_with_hold_an_uncertain_copy_waits_for_the_editor(house: House, clock: object) -> None:
    with_settings(house, uncertain=UncertainPolicy.HOLD)
    house.send_to("dropped-1@example.org")
    house.deliver()
    clock.advance(timedelta(hours=3))
    tick(house.context)
    house.deliver()
    report = house.report()
    assert (report.state, report.uncertain) == ("sent", 1)
    assert len(house.relay.received) == 1


def test_what_was_not_taken_before_the_expiry_is_expired(house: House, clock: object) -> None:
    house.send_to("greylisted-1@example.org", "fine@example.org")
    house.deliver()
    clock.advance(timedelta(hours=49))
    tick(house.context)
    sweep(house.context)
    report = house.report()
    assert (report.state, report.expired, report.accepted) == ("sent", 1, 1)


def test_a_relay_in_trouble_costs_no_attempt_and_is_left_alone_for_a_while(
    house: House, clock: object
) -> None:
    house.relay.at_mail = "421 4.3.2 too busy"
    house.send_to("one@example.org", "two@example.org")
    house.deliver()
    assert house.line("one@example.org").state == DeliveryState.PENDING
    assert house.line("one@example.org").attempts == 0
    assert "421" in house.report().relay_trouble
    assert tick(house.context).batches == []

    house.relay.at_mail = ""
    clock.advance(timedelta(seconds=31))
    assert tick(house.context).batches
    house.deliver()
    report = house.report()
    assert (report.accepted, report.relay_trouble) == (2, "")


def test_a_worker_that_starts_tries_the_relay_again_at_once(house: House) -> None:
    house.relay.at_mail = "421 4.3.2 too busy"
    house.send_to("one@example.org")
    house.deliver()
    house.relay.at_mail = ""
    house.deliver()
    assert house.relay.recipients == []
    try_relay_again(house.context)
    house.deliver()
    assert house.relay.recipients == ["one@example.org"]


def test_a_message_that_makes_the_relay_hang_up_does_not_hold_up_the_others(
    house: House, clock: object
) -> None:
    house.send_to("poison-1@example.org", "two@example.org")
    house.deliver()
    assert house.line("poison-1@example.org").state == DeliveryState.DEFERRED
    clock.advance(timedelta(seconds=31))
    house.deliver()
    assert house.relay.recipients == ["two@example.org"]


def test_a_relay_that_is_down_loses_nobody(house: House, clock: object) -> None:
    port = house.relay.port
    house.relay.stop()
    house.send_to("one@example.org")
    house.deliver()
    assert house.line("one@example.org").state == DeliveryState.PENDING
    assert f"127.0.0.1:{port}" in house.report().relay_trouble


def test_a_paused_issue_stops_before_the_next_message_and_goes_on_after(house: House) -> None:
    house.send_to("one@example.org", "two@example.org")
    pause_issue(house.context, house.issue_id, "editor")
    house.deliver()
    assert house.relay.recipients == []
    resume_issue(house.context, house.issue_id, "editor")
    house.deliver()
    assert len(house.relay.recipients) == 2


def test_a_cancelled_issue_sends_nothing_more_and_adds_up(house: House) -> None:
    house.send_to("one@example.org", "two@example.org", "three@example.org")
    deliver_batch(
        house.context,
        house.transmitter,
        house.leases,
        house.journal,
        house.open_batches()[0],
        threading.Event(),
    )
    cancel_issue(house.context, house.issue_id, "editor")
    house.deliver()
    report = house.report()
    assert (report.state, report.accepted, report.cancelled) == ("cancelled", 2, 1)


def test_a_worker_told_to_stop_leaves_the_rest_to_others(house: House) -> None:
    house.send_to("one@example.org", "two@example.org")
    stopping = threading.Event()
    stopping.set()
    house.deliver(stopping)
    assert house.relay.recipients == []
    house.deliver()
    assert len(house.relay.recipients) == 2


def test_two_workers_never_hold_the_same_batch(house: House) -> None:
    house.send_to("one@example.org")
    batch_id = house.open_batches()[0]
    _lease_as_if_alive(house, batch_id, "other/2")
    tally = deliver_batch(
        house.context,
        house.transmitter,
        house.leases,
        house.journal,
        batch_id,
        threading.Event(),
    )
    assert tally == {"not_ours": 1}


def test_the_open_message_of_a_dead_worker_is_sent_again(house: House, clock: object) -> None:
    house.send_to("one@example.org", "two@example.org")
    batch_id = house.open_batches()[0]
    _lease_as_if_alive(house, batch_id, "other/2")
    _mark_as_on_the_wire(house, "one@example.org")

    assert recover_run_out(house.context) == 0, "its lease still runs"
    clock.advance(house.leases.duration + timedelta(seconds=1))
    assert recover_run_out(house.context) == 1
    house.deliver()
    assert sorted(house.relay.recipients) == ["one@example.org", "two@example.org"]
    assert house.line("one@example.org").attempts == 2
    assert house.report().accepted == 2


def test_a_supervisor_recovers_its_own_worker_at_once_and_no_other(house: House) -> None:
    house.send_to("one@example.org", "two@example.org", "three@example.org")
    mine, others = house.open_batches()
    _lease_as_if_alive(house, mine, "mine/7")
    _lease_as_if_alive(house, others, "mine-too/8")
    _mark_as_on_the_wire(house, "one@example.org")
    assert recover_worker(house.context, "mine") == 1
    house.deliver()
    assert sorted(house.relay.recipients) == ["one@example.org", "two@example.org"]


def test_an_issue_whose_message_is_refused_is_paused_with_the_reason(house: House) -> None:
    house.relay.after_dot = "554 5.6.0 malformed message"
    house.send_to("one@example.org", "two@example.org", "three@example.org")
    house.deliver()
    assert house.issue().state == "paused"
    assert "malformed message" in house.issue().state_reason
    report = house.report()
    # Another one may have been on its way already.
    assert report.failed in (1, 2)
    assert report.failed + report.pending == 3


def test_with_a_key_every_copy_is_signed_for_the_senders_domain(
    house: House, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "dkim.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with_settings(
        house,
        dkim_key_file=str(tmp_path / "dkim.pem"),
        dkim_selector="s1",
        bounce_domain="bounce.example.net",
    )
    house.transmitter = Transmitter(house.context.settings)
    house.send_to("one@example.org")
    house.deliver()
    ((_, raw),) = house.relay.raw
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert dkim.verify(raw, dnsfunc=dns)
    assert asked == [b"s1._domainkey.example.org."]
    assert house.relay.senders[0].endswith("@bounce.example.net")
    house.transmitter.close()


def test_a_key_that_cannot_be_read_pauses_the_relay_in_words(house: House) -> None:
    with_settings(house, dkim_key_file="/nowhere/dkim.pem", dkim_selector="s1")
    house.transmitter = Transmitter(house.context.settings)
    house.send_to("one@example.org")
    house.deliver()
    assert house.line("one@example.org").state == DeliveryState.PENDING
    assert "/nowhere/dkim.pem" in house.report().relay_trouble


def _lease_as_if_alive(house: House, batch_id: int, owner: str) -> None:
    with house.context.database.write() as session:
        batch = session.get_one(Batch, batch_id)
        batch.lease_owner = owner
        batch.lease_until = house.context.now() + house.leases.duration


def _mark_as_on_the_wire(house: House, address: str) -> None:
    line = house.line(address)
    with house.context.database.write() as session:
        key = (line.edition_id, line.subscriber_id)
        session.get_one(Delivery, key).state = DeliveryState.HANDING_OVER

"""Delivery, from the claim to the ledger, over a real SMTP conversation."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from newsletter.delivery.recover import recover_run_out, recover_worker, try_relay_again
from newsletter.delivery.sweep import sweep, tick
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.consent import SubscriptionState
from newsletter.domain.deliveries import DeliveryState, UncertainPolicy
from newsletter.store.models import Batch, Delivery
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.delivery_house import House, with_settings
from tests.support.principals import by


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
    pause_issue(house.context, house.issue_id, by("editor"))
    house.deliver()
    assert house.relay.recipients == []
    resume_issue(house.context, house.issue_id, by("editor"))
    house.deliver()
    assert len(house.relay.recipients) == 2


def test_a_cancelled_issue_sends_nothing_more_and_adds_up(house: House) -> None:
    house.send_to("one@example.org", "two@example.org", "three@example.org")
    house.deliver_one(house.open_batches()[0])
    cancel_issue(house.context, house.issue_id, by("editor"))
    house.deliver()
    report = house.report()
    assert (report.state, report.accepted, report.cancelled) == ("cancelled", 2, 1)


def test_what_a_dead_worker_had_in_hand_of_a_cancelled_issue_is_cancelled_too(
    house: House, clock: object
) -> None:
    house.send_to("one@example.org", "two@example.org", "three@example.org")
    _lease_as_if_alive(house, house.open_batches()[0], "other/2")
    _mark_as_on_the_wire(house, "one@example.org")
    cancel_issue(house.context, house.issue_id, by("editor"))
    assert (house.report().cancelled, house.report().handing_over) == (2, 1)
    clock.advance(house.leases.duration + timedelta(seconds=1))
    sweep(house.context)
    report = house.report()
    assert (report.state, report.cancelled, report.open) == ("cancelled", 3, 0)
    assert house.open_batches() == []


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
    assert house.deliver_one(batch_id) == {"not_ours": 1}


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
    house.transmitter = Transmitter(house.context)
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
    house.transmitter = Transmitter(house.context)
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

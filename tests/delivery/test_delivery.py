"""Delivery, from the claim to the ledger, over a real SMTP conversation."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from newsletter.delivery.recover import recover_expired_leases, recover_worker, try_relay_again
from newsletter.delivery.sweep import sweep, tick
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState, UncertainPolicy
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Batch, Delivery
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by


def test_everyone_active_gets_one_copy_and_the_issue_is_sent(rig: DeliveryRig) -> None:
    addresses = [f"reader{n}@example.org" for n in range(5)]
    rig.send_to(*addresses)
    rig.deliver()
    assert sorted(rig.relay.recipients) == addresses
    report = rig.report()
    assert (report.state, report.accepted, report.active_at_freeze) == ("sent", 5, 5)
    assert rig.line(addresses[0]).queue_id.startswith("Q")


def test_an_issue_is_started_once_however_often_it_is_asked_for(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org")
    assert start_issue(rig.context, rig.issue_id) == 0
    rig.deliver()
    rig.deliver()
    assert rig.relay.recipients == ["one@example.org"]


def test_someone_who_left_after_the_audience_was_drawn_gets_nothing(rig: DeliveryRig) -> None:
    rig.send_to("stays@example.org", "leaves@example.org")
    rig.leave("leaves@example.org")
    rig.deliver()
    assert rig.relay.recipients == ["stays@example.org"]
    assert rig.report().withdrawn == 1


def test_an_address_that_does_not_exist_fails_and_is_suppressed(rig: DeliveryRig) -> None:
    rig.send_to("unknown-1@example.org", "fine@example.org")
    rig.deliver()
    line = rig.line("unknown-1@example.org")
    assert (line.state, line.reply_code, line.reply_enhanced) == ("failed", 550, "5.1.1")
    assert rig.subscription("unknown-1@example.org").state == SubscriptionState.SUPPRESSED
    assert rig.report().failures[0].reply.startswith("550 5.1.1")


def test_a_block_fails_the_copy_and_leaves_the_reader_subscribed(rig: DeliveryRig) -> None:
    rig.send_to("blocked-1@example.org")
    rig.deliver()
    assert rig.line("blocked-1@example.org").state == DeliveryState.FAILED
    assert rig.subscription("blocked-1@example.org").state == SubscriptionState.ACTIVE


def test_a_deferred_copy_comes_back_by_the_schedule_and_not_before(
    rig: DeliveryRig, clock: object
) -> None:
    rig.send_to("greylisted-1@example.org")
    rig.deliver()
    assert rig.line("greylisted-1@example.org").state == DeliveryState.DEFERRED
    assert tick(rig.context).batches == []
    assert rig.report().state == "sending"

    rig.relay.replies.clear()
    clock.advance(timedelta(minutes=6))
    assert tick(rig.context).batches
    rig.deliver()
    assert rig.report().state == "sent"
    assert rig.line("greylisted-1@example.org").attempts == 2


def test_every_attempt_carries_the_same_message_id(rig: DeliveryRig, clock: object) -> None:
    rig.send_to("dropped-1@example.org")
    rig.deliver()
    assert rig.line("dropped-1@example.org").state == DeliveryState.UNCERTAIN
    clock.advance(timedelta(minutes=6))
    tick(rig.context)
    rig.deliver()
    first, second = (message["Message-ID"] for _, message in rig.relay.received)
    assert first == second


def test_with_hold_an_uncertain_copy_waits_for_the_editor(rig: DeliveryRig, clock: object) -> None:
    with_settings(rig, uncertain=UncertainPolicy.HOLD)
    rig.send_to("dropped-1@example.org")
    rig.deliver()
    clock.advance(timedelta(hours=3))
    tick(rig.context)
    rig.deliver()
    report = rig.report()
    assert (report.state, report.uncertain) == ("sent", 1)
    assert len(rig.relay.received) == 1


def test_copies_not_accepted_before_the_expiry_are_expired(rig: DeliveryRig, clock: object) -> None:
    rig.send_to("greylisted-1@example.org", "fine@example.org")
    rig.deliver()
    clock.advance(timedelta(hours=49))
    tick(rig.context)
    sweep(rig.context)
    report = rig.report()
    assert (report.state, report.expired, report.accepted) == ("sent", 1, 1)


def test_a_relay_in_trouble_costs_no_attempt_and_is_left_alone_for_a_while(
    rig: DeliveryRig, clock: object
) -> None:
    rig.relay.at_mail = "421 4.3.2 too busy"
    rig.send_to("one@example.org", "two@example.org")
    rig.deliver()
    assert rig.line("one@example.org").state == DeliveryState.PENDING
    assert rig.line("one@example.org").attempts == 0
    assert "421" in rig.report().relay_trouble
    assert tick(rig.context).batches == []

    rig.relay.at_mail = ""
    clock.advance(timedelta(seconds=31))
    assert tick(rig.context).batches
    rig.deliver()
    report = rig.report()
    assert (report.accepted, report.relay_trouble) == (2, "")


def test_a_worker_that_starts_tries_the_relay_again_at_once(rig: DeliveryRig) -> None:
    rig.relay.at_mail = "421 4.3.2 too busy"
    rig.send_to("one@example.org")
    rig.deliver()
    rig.relay.at_mail = ""
    rig.deliver()
    assert rig.relay.recipients == []
    try_relay_again(rig.context)
    rig.deliver()
    assert rig.relay.recipients == ["one@example.org"]


def test_a_message_that_makes_the_relay_hang_up_does_not_hold_up_the_others(
    rig: DeliveryRig, clock: object
) -> None:
    rig.send_to("poison-1@example.org", "two@example.org")
    rig.deliver()
    assert rig.line("poison-1@example.org").state == DeliveryState.DEFERRED
    clock.advance(timedelta(seconds=31))
    rig.deliver()
    assert rig.relay.recipients == ["two@example.org"]


def test_a_relay_that_is_down_loses_no_reader(rig: DeliveryRig, clock: object) -> None:
    port = rig.relay.port
    rig.relay.stop()
    rig.send_to("one@example.org")
    rig.deliver()
    assert rig.line("one@example.org").state == DeliveryState.PENDING
    assert f"127.0.0.1:{port}" in rig.report().relay_trouble


def test_a_paused_issue_stops_before_the_next_message_and_goes_on_after(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org", "two@example.org")
    pause_issue(rig.context, rig.issue_id, by("editor"))
    rig.deliver()
    assert rig.relay.recipients == []
    resume_issue(rig.context, rig.issue_id, by("editor"))
    rig.deliver()
    assert len(rig.relay.recipients) == 2


def test_a_cancelled_issue_sends_nothing_more_and_adds_up(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org", "two@example.org", "three@example.org")
    rig.deliver_one(rig.open_batches()[0])
    cancel_issue(rig.context, rig.issue_id, by("editor"))
    rig.deliver()
    report = rig.report()
    assert (report.state, report.accepted, report.cancelled) == ("cancelled", 2, 1)


def test_copies_of_a_cancelled_issue_that_a_dead_worker_was_sending_are_cancelled_too(
    rig: DeliveryRig, clock: object
) -> None:
    rig.send_to("one@example.org", "two@example.org", "three@example.org")
    _lease_as_if_alive(rig, rig.open_batches()[0], "other/2")
    _mark_as_on_the_wire(rig, "one@example.org")
    cancel_issue(rig.context, rig.issue_id, by("editor"))
    assert (rig.report().cancelled, rig.report().handing_over) == (2, 1)
    clock.advance(rig.leases.duration + timedelta(seconds=1))
    sweep(rig.context)
    report = rig.report()
    assert (report.state, report.cancelled, report.open) == ("cancelled", 3, 0)
    assert rig.open_batches() == []


def test_a_worker_told_to_stop_leaves_the_rest_to_others(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org", "two@example.org")
    stopping = threading.Event()
    stopping.set()
    rig.deliver(stopping)
    assert rig.relay.recipients == []
    rig.deliver()
    assert len(rig.relay.recipients) == 2


def test_two_workers_never_hold_the_same_batch(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org")
    batch_id = rig.open_batches()[0]
    _lease_as_if_alive(rig, batch_id, "other/2")
    assert rig.deliver_one(batch_id) == {"not_ours": 1}


def test_the_open_message_of_a_dead_worker_is_sent_again(rig: DeliveryRig, clock: object) -> None:
    rig.send_to("one@example.org", "two@example.org")
    batch_id = rig.open_batches()[0]
    _lease_as_if_alive(rig, batch_id, "other/2")
    _mark_as_on_the_wire(rig, "one@example.org")

    assert recover_expired_leases(rig.context) == 0, "its lease still runs"
    clock.advance(rig.leases.duration + timedelta(seconds=1))
    assert recover_expired_leases(rig.context) == 1
    rig.deliver()
    assert sorted(rig.relay.recipients) == ["one@example.org", "two@example.org"]
    assert rig.line("one@example.org").attempts == 2
    assert rig.report().accepted == 2


def test_a_supervisor_recovers_its_own_worker_at_once_and_no_other(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org", "two@example.org", "three@example.org")
    mine, others = rig.open_batches()
    _lease_as_if_alive(rig, mine, "mine/7")
    _lease_as_if_alive(rig, others, "mine-too/8")
    _mark_as_on_the_wire(rig, "one@example.org")
    assert recover_worker(rig.context, "mine") == 1
    rig.deliver()
    assert sorted(rig.relay.recipients) == ["one@example.org", "two@example.org"]


def test_an_issue_whose_message_is_refused_is_paused_with_the_reason(rig: DeliveryRig) -> None:
    rig.relay.after_dot = "554 5.6.0 malformed message"
    rig.send_to("one@example.org", "two@example.org", "three@example.org")
    rig.deliver()
    assert rig.issue().state == "paused"
    assert "malformed message" in rig.issue().state_reason
    report = rig.report()
    # Another one may have been on its way already.
    assert report.failed in (1, 2)
    assert report.failed + report.pending == 3


def test_with_a_key_every_copy_is_signed_for_the_senders_domain(
    rig: DeliveryRig, tmp_path: Path
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
        rig,
        dkim_key_file=str(tmp_path / "dkim.pem"),
        dkim_selector="s1",
        bounce_domain="bounce.example.net",
    )
    rig.transmitter = Transmitter(rig.context)
    rig.send_to("one@example.org")
    rig.deliver()
    ((_, raw),) = rig.relay.raw
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert dkim.verify(raw, dnsfunc=dns)
    assert asked == [b"s1._domainkey.example.org."]
    assert rig.relay.senders[0].endswith("@bounce.example.net")
    rig.transmitter.close()


def test_a_key_that_cannot_be_read_pauses_the_relay_in_words(rig: DeliveryRig) -> None:
    with_settings(rig, dkim_key_file="/nowhere/dkim.pem", dkim_selector="s1")
    rig.transmitter = Transmitter(rig.context)
    rig.send_to("one@example.org")
    rig.deliver()
    assert rig.line("one@example.org").state == DeliveryState.PENDING
    assert "/nowhere/dkim.pem" in rig.report().relay_trouble


def _lease_as_if_alive(rig: DeliveryRig, batch_id: int, owner: str) -> None:
    with rig.context.database.write() as session:
        batch = session.get_one(Batch, batch_id)
        batch.lease_owner = owner
        batch.lease_until = rig.context.now() + rig.leases.duration


def _mark_as_on_the_wire(rig: DeliveryRig, address: str) -> None:
    line = rig.line(address)
    with rig.context.database.write() as session:
        key = (line.edition_id, line.subscriber_id)
        session.get_one(Delivery, key).state = DeliveryState.HANDING_OVER

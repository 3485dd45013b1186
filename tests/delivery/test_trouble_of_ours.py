"""What a relay has against us is not charged to the readers: their copies wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.delivery.sweep import tick
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.refusals import ALIKE_TO_PAUSE, MANY_ALIKE
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.sending import learned_paces, relay_pauses
from newsletter.usecases.sending.control_issue import resume_issue
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by
from tests.support.services.relay import Relay


def readers(count: int, domains: int = 10) -> list[str]:
    return [f"reader{n:02}@mail{n % domains}.example" for n in range(count)]


def refuses(relay: Relay, reply: str, addresses: list[str]) -> None:
    """Everybody, at RCPT. `reply` may name the address."""
    for address in addresses:
        relay.replies[address.partition("-")[0]] = reply.replace("ADDRESS", address)


def reason_of_pause(rig: DeliveryRig) -> str:
    with rig.context.database.read() as session:
        (pause,) = relay_pauses.pauses_by_relay(session, rig.context.now()).values()
    return pause.reason


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.4.5 Daily user sending limit exceeded",
        "554 5.2.252 SendAsDenied; us@example.org not allowed to send as them@example.org",
        "554 Message rejected: Email address is not verified",
        "550 5.7.515 Access denied, sending domain does not meet the required level",
        "550 5.7.26 Unauthenticated email is not accepted",
    ],
)
def test_what_is_known_to_be_about_us_pauses_relay_and_issue_at_the_first_one(
    rig: DeliveryRig, reply: str
) -> None:
    rig.relay.after_dot = reply
    rig.send_to(*readers(4))
    rig.deliver()
    report = rig.report()
    assert (report.state, report.pending, report.failed) == ("paused", 4, 0)
    assert reply in report.state_reason
    assert reply in reason_of_pause(rig)
    assert {rig.line(address).attempts for address in readers(4)} == {0}


def test_a_name_that_is_refused_at_the_reader_says_which_setting_helps(rig: DeliveryRig) -> None:
    reply = "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"
    refuses(rig.relay, reply, readers(3))
    rig.send_to(*readers(3))
    rig.deliver()
    assert (rig.report().state, rig.report().pending) == ("paused", 3)
    assert "SMTP_EHLO_NAME" in reason_of_pause(rig)


def test_once_it_is_put_right_everyone_gets_the_issue(rig: DeliveryRig, clock: Clock) -> None:
    rig.relay.after_dot = "550 5.4.5 Daily user sending limit exceeded"
    rig.send_to(*readers(4))
    rig.deliver()
    rig.relay.after_dot = ""
    clock.advance(timedelta(hours=1))
    resume_issue(rig.context, rig.issue_id, by("editor"))
    rig.deliver()
    assert sorted(rig.relay.recipients) == readers(4)
    assert rig.report().state == "sent"


def test_with_a_second_relay_the_issue_goes_on(rig: DeliveryRig) -> None:
    other = Relay()
    other.start()
    urls = f"smtp://127.0.0.1:{rig.relay.port} smtp://127.0.0.1:{other.port}"
    with_settings(rig, smtp_url=urls)
    rig.transmitter.close()
    rig.transmitter = type(rig.transmitter)(rig.context)
    rig.relay.after_dot = "550 5.4.5 Daily user sending limit exceeded"
    rig.send_to(*readers(8))
    rig.deliver()
    rig.deliver()
    other.stop()
    assert (rig.report().state, rig.report().accepted) == ("sent", 8)


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.3.0 Not today, ADDRESS (ref 4711-ADDRESS)",
        "554 5.7.1 We do not like you",
        "550 Rejected",
    ],
)
@pytest.mark.parametrize("batch_size", [1, 100], ids=["one copy a window", "all in one window"])
def test_the_same_refusal_to_everybody_pauses_the_issue_and_all_copies_wait(
    rig: DeliveryRig, reply: str, batch_size: int
) -> None:
    with_settings(rig, batch_size=batch_size)
    refuses(rig.relay, reply, readers(12))
    rig.send_to(*readers(12))
    rig.deliver()
    report = rig.report()
    assert (report.state, report.pending, report.failed) == ("paused", 12, 0)
    assert {rig.line(address).attempts for address in readers(12)} == {0}
    assert "refuses every reader alike" in report.state_reason


def test_refusals_with_an_acceptance_in_between_are_the_readers(rig: DeliveryRig) -> None:
    with_settings(rig, batch_size=1)
    every = readers(4 * ALIKE_TO_PAUSE)
    refuses(rig.relay, "550 Rejected", [a for n, a in enumerate(every) if n % 3])
    rig.send_to(*every)
    rig.deliver()
    assert rig.report().state == "sent"


def test_refusals_that_differ_are_the_readers(rig: DeliveryRig) -> None:
    words = ("no", "never", "away", "shoo", "nay", "nope", "nix", "stop")
    for reader, word in zip(readers(8), words, strict=True):
        refuses(rig.relay, f"550 {word}", [reader])
    rig.send_to(*readers(8))
    rig.deliver()
    assert (rig.report().state, rig.report().failed) == ("sent", 8)


@pytest.mark.parametrize("batch_size", [7, 100])
def test_a_relay_that_knows_nobody_suppresses_nobody(rig: DeliveryRig, batch_size: int) -> None:
    with_settings(rig, batch_size=batch_size)
    every = readers(MANY_ALIKE + 5)
    refuses(rig.relay, "550 5.1.1 <ADDRESS>: User unknown", every)
    rig.send_to(*every)
    rig.deliver()
    report = rig.report()
    assert (report.state, report.pending) == ("paused", len(every))
    states = {rig.subscription(address).state for address in every}
    assert states == {SubscriptionState.ACTIVE}


def test_a_few_unknown_addresses_in_a_row_are_the_readers(rig: DeliveryRig) -> None:
    refuses(rig.relay, "550 5.1.1 <ADDRESS>: User unknown", readers(8))
    rig.send_to(*readers(8))
    rig.deliver()
    assert (rig.report().state, rig.report().failed) == ("sent", 8)


@pytest.mark.parametrize(
    ("at_mail", "at_rcpt", "after_dot"),
    [
        ("450 4.7.1 Error: too much mail from 192.0.2.1", "", ""),
        ("452 4.3.1 Insufficient system storage", "", ""),
        ("454 4.7.0 Temporary authentication failure", "", ""),
        ("", "452 4.3.1 Insufficient system storage", ""),
        ("", "421 4.3.2 Too busy", ""),
        ("", "452 4.5.3 Too many recipients", ""),
        ("", "", "454 Throttling failure: Maximum sending rate exceeded."),
        ("", "", "432 4.3.2 Concurrent connections limit exceeded"),
        ("", "", "421 Too busy"),
    ],
)
def test_a_relay_that_wants_less_is_slowed_and_no_attempt_is_counted(
    rig: DeliveryRig, clock: Clock, at_mail: str, at_rcpt: str, after_dot: str
) -> None:
    with_settings(rig, batch_size=100)
    rig.relay.at_mail, rig.relay.after_dot = at_mail, after_dot
    if at_rcpt:
        refuses(rig.relay, at_rcpt, readers(30))
    rig.send_to(*readers(30))
    rig.deliver()
    report = rig.report()
    assert (report.state, report.pending, report.failed) == ("sending", 30, 0)
    assert {rig.line(address).attempts for address in readers(30)} == {0}
    with rig.context.database.read() as session:
        (pace,) = learned_paces.learned_paces(session, rig.context.now()).values()
    assert (at_mail or at_rcpt or after_dot) in pace.reason

    rig.relay.at_mail = rig.relay.after_dot = ""
    rig.relay.replies.clear()
    for _ in range(30):
        clock.advance(timedelta(seconds=10))
        tick(rig.context)
        rig.deliver()
    assert sorted(rig.relay.recipients) == readers(30)
    assert {rig.line(address).state for address in readers(30)} == {DeliveryState.ACCEPTED}
    assert {rig.line(address).attempts for address in readers(30)} == {1}


@pytest.mark.parametrize("reply", ["421 4.3.2 Too busy", "421 4.7.0 Slow down"])
def test_a_relay_that_hangs_up_does_not_cost_a_connection_a_copy(
    rig: DeliveryRig, reply: str
) -> None:
    with_settings(rig, batch_size=100)
    refuses(rig.relay, reply, readers(60, domains=1))
    rig.send_to(*readers(60, domains=1))
    rig.deliver()
    assert len(set(rig.relay.peers)) <= 25


def test_the_report_says_at_which_pace_the_relay_takes_mail(rig: DeliveryRig) -> None:
    rig.relay.after_dot = "454 Throttling failure: Maximum sending rate exceeded."
    rig.send_to(*readers(3))
    rig.deliver()
    (slow,) = rig.report().slow_relays
    assert slow.per_second > 0
    assert "Throttling failure" in slow.reason


def test_a_lease_that_ran_out_costs_no_connection_a_copy(rig: DeliveryRig) -> None:
    with_settings(rig, batch_size=100)
    rig.send_to(*readers(60))
    rig.leases.is_valid = lambda leased: len(rig.relay.peers) < 1 if leased else False  # type: ignore[method-assign]
    rig.deliver()
    assert len(set(rig.relay.peers)) <= 20
    assert rig.report().pending + rig.report().accepted == 60


def test_the_sender_s_domain_is_said_where_our_pages_have_no_public_name(rig: DeliveryRig) -> None:
    rig.send_to("one@example.org")
    rig.deliver()
    assert rig.relay.greetings == {"example.org"}


@pytest.mark.parametrize(
    "reply",
    [
        "450 4.7.1 <localhost>: Helo command rejected: Host not found",
        "450 4.1.8 <ada@example.org>: Sender address rejected: Domain not found",
    ],
)
def test_what_a_relay_can_not_look_up_about_us_for_now_rests_the_relay(
    rig: DeliveryRig, clock: Clock, reply: str
) -> None:
    refuses(rig.relay, reply, readers(4))
    rig.send_to(*readers(4))
    rig.deliver()
    report = rig.report()
    assert (report.state, report.pending) == ("sending", 4)
    assert reply in reason_of_pause(rig)
    rig.relay.replies.clear()
    clock.advance(timedelta(hours=1))
    rig.deliver()
    assert {rig.line(address).attempts for address in readers(4)} == {1}
    assert rig.report().state == "sent"

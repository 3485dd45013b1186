"""Relays and recipient domains that can't take everything at once: what goes where, and when."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from newsletter.delivery.judge_attempt import record_missing_relay
from newsletter.delivery.sweep import tick
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Event
from newsletter.store.sending import domain_pauses, relay_pauses
from newsletter.usecases.context import Context
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by
from tests.support.services.relay import Relay

LIMITED = timedelta(hours=1, minutes=2)
"""An hour, and what its buckets make of it."""


@pytest.fixture
def other() -> Iterator[Relay]:
    relay = Relay()
    relay.start()
    yield relay
    relay.stop()


def with_relays(rig: DeliveryRig, *urls: str) -> None:
    rig.transmitter.close()
    with_settings(rig, smtp_url=" ".join(urls), batch_size=50)
    rig.transmitter = Transmitter(rig.context)


def url(relay: Relay, parameters: str = "") -> str:
    return f"smtp://127.0.0.1:{relay.port}{parameters}"


def test_two_relays_share_the_mail_and_each_delivery_names_its_relay(
    rig: DeliveryRig, other: Relay
) -> None:
    with_relays(rig, url(rig.relay, "?per_hour=3"), url(other))
    addresses = [f"reader{n}@example.org" for n in range(8)]
    rig.send_to(*addresses)
    rig.deliver()
    assert sorted(rig.relay.recipients + other.recipients) == addresses
    assert len(rig.relay.recipients) <= 3
    for relay in (rig.relay, other):
        for address in relay.recipients:
            assert rig.line(address).relay == f"127.0.0.1:{relay.port}"


def test_another_relay_takes_what_the_first_can_not(rig: DeliveryRig, other: Relay) -> None:
    with_relays(rig, url(rig.relay), url(other))
    rig.relay.at_mail = "421 4.3.2 too busy"
    addresses = [f"reader{n}@example.org" for n in range(5)]
    for _ in range(4):  # whoever is drawn first: the trouble is met sooner or later
        rig.send_to(*addresses)
        rig.deliver()
    assert sorted(other.recipients) == sorted(addresses * 4)
    with rig.context.database.read() as session:
        pauses = relay_pauses.pauses_by_relay(session, rig.context.now())
    assert f"127.0.0.1:{other.port}" not in pauses


def test_an_hour_that_is_used_up_leaves_the_rest_for_the_next(
    rig: DeliveryRig, clock: Clock
) -> None:
    with_relays(rig, url(rig.relay, "?per_hour=3"))
    rig.send_to(*(f"reader{n}@example.org" for n in range(5)))
    rig.deliver()
    assert len(rig.relay.recipients) == 3
    report = rig.report()
    assert (report.state, report.accepted, report.pending) == ("sending", 3, 2)
    rig.deliver()
    assert len(rig.relay.recipients) == 3
    clock.advance(LIMITED)
    rig.deliver()
    assert len(rig.relay.recipients) == 5
    assert rig.report().state == "sent"


def test_a_batch_that_rests_is_woken_when_there_may_be_room(rig: DeliveryRig, clock: Clock) -> None:
    with_relays(rig, url(rig.relay, "?per_hour=1"))
    rig.send_to("one@example.org", "two@example.org")
    rig.deliver()
    assert tick(rig.context).batches == []
    clock.advance(timedelta(seconds=6))
    assert tick(rig.context).batches == rig.open_batches()


def test_unused_reservations_are_free_again(rig: DeliveryRig) -> None:
    with_relays(rig, url(rig.relay, "?per_hour=4"))
    rig.send_to("one@example.org")
    rig.deliver()
    rig.send_to("two@example.org", "three@example.org", "four@example.org")
    rig.deliver()
    assert len(rig.relay.recipients) == 4


def test_a_domain_that_asks_for_less_waits_and_the_others_do_not(
    rig: DeliveryRig, clock: Clock
) -> None:
    with_relays(rig, url(rig.relay))
    rig.relay.replies["slow"] = "451 4.7.1 too many messages, slow down"
    rig.send_to("slow-1@mail.example", "slow-2@mail.example")
    rig.deliver()
    rig.relay.replies.clear()
    readers = [f"reader{n:02}@mail.example" for n in range(30)]
    rig.send_to(*readers, "someone@else.example")
    rig.deliver()
    assert "someone@else.example" in rig.relay.recipients
    waiting = [rig.line(address) for address in readers if address not in rig.relay.recipients]
    assert len(waiting) > 20
    assert {line.state for line in waiting} == {DeliveryState.DEFERRED}
    assert {line.attempts for line in waiting} == {0}
    assert all("mail.example asked us to slow down" in line.detail for line in waiting)
    for _ in range(30):
        clock.advance(timedelta(seconds=2))
        tick(rig.context)
        rig.deliver()
    assert sorted(set(readers) - set(rig.relay.recipients)) == []


def test_a_domain_that_blocks_us_is_paused_and_the_issue_continues(rig: DeliveryRig) -> None:
    with_relays(rig, url(rig.relay))
    rig.send_to(*(f"blocked-{n:02}@mail.example" for n in range(12)))
    rig.deliver()
    rig.send_to("later@mail.example", "someone@else.example")
    rig.deliver()
    assert rig.relay.recipients == ["someone@else.example"]
    line = rig.line("later@mail.example")
    assert (line.state, line.attempts) == (DeliveryState.DEFERRED, 0)
    assert "mail.example blocked us" in line.detail
    with rig.context.database.read() as session:
        (pause,) = domain_pauses.current_pauses(session, rig.context.now())
        actions = [event.action for event in session.query(Event)]
    assert pause.domain == "mail.example"
    assert "5.7.1" in pause.reason
    assert "issue.domain_paused" in actions


def test_settings_without_a_relay_are_reported_and_no_mail_is_lost(rig: DeliveryRig) -> None:
    with_relays(rig, "ftp://nobody.example")
    rig.send_to("one@example.org")
    rig.deliver()
    assert rig.line("one@example.org").state == DeliveryState.PENDING
    assert "SMTP_URL" in rig.report().relay_trouble
    assert tick(rig.context).batches == []


def test_two_workers_may_note_the_same_trouble_at_once(context: Context) -> None:
    started = threading.Barrier(2)

    def note() -> None:
        started.wait()
        record_missing_relay(context, "no settings")

    threads = [threading.Thread(target=note) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with context.database.read() as session:
        (pause,) = relay_pauses.pauses_by_relay(session, context.now()).values()
    assert pause.times == 1


@pytest.mark.parametrize(
    ("control", "waits"), [(pause_issue, "pending"), (cancel_issue, "cancelled")]
)
def test_an_issue_that_is_stopped_ends_within_two_seconds_on_a_slow_relay(
    rig: DeliveryRig, control: Callable[[Context, int, Principal], None], waits: str
) -> None:
    rig.relay.slowness_s = 0.2
    with_relays(rig, url(rig.relay, "?connections=1"))
    rig.send_to(*(f"reader{n:02}@example.org" for n in range(50)))
    sending = threading.Thread(target=rig.deliver)
    sending.start()
    while len(rig.relay.received) < 2:
        threading.Event().wait(0.02)
    before = len(rig.relay.received)
    control(rig.context, rig.issue_id, by("editor"))
    sending.join()
    assert len(rig.relay.received) - before <= 2.0 / rig.relay.slowness_s
    report = rig.report()
    assert report.accepted == len(rig.relay.received)
    assert getattr(report, waits) == 50 - report.accepted
    if waits == "pending":
        rig.relay.slowness_s = 0.0
        resume_issue(rig.context, rig.issue_id, by("editor"))
        rig.deliver()
        assert len(set(rig.relay.recipients)) == len(rig.relay.recipients) == 50


def test_a_connection_carries_its_share_of_messages_and_no_more(rig: DeliveryRig) -> None:
    with_relays(rig, url(rig.relay, "?connections=1&per_connection=3"))
    addresses = [f"reader{n}@example.org" for n in range(8)]
    rig.send_to(*addresses)
    rig.deliver()
    assert sorted(rig.relay.recipients) == addresses
    assert sorted(Counter(rig.relay.peers).values()) == [2, 3, 3]


def test_a_connection_that_is_old_is_followed_by_another(rig: DeliveryRig) -> None:
    rig.relay.slowness_s = 0.3
    with_relays(rig, url(rig.relay, "?connections=1&connection_age=1"))
    addresses = [f"reader{n}@example.org" for n in range(8)]
    rig.send_to(*addresses)
    rig.deliver()
    assert sorted(rig.relay.recipients) == addresses
    assert len(set(rig.relay.peers)) >= 2

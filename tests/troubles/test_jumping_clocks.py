"""The clock jumps forward or back: no copy expires for it, and nothing waits for hours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.runtime.ticker import _Ticker
from newsletter.store.models import Batch
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.sending.control_issue import resume_issue
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig
from tests.support.principals import by
from tests.support.recovery import (
    READERS,
    assert_all_readers_get_a_copy,
    assert_operator_sees,
    until_sent,
)


@pytest.mark.parametrize("hours", [-9, -3, 3, 30])
def test_a_clock_that_jumps_while_an_issue_goes_out_loses_no_reader(
    rig: DeliveryRig, clock: Clock, hours: int
) -> None:
    rig.relay.replies["later"] = "451 4.3.0 try again later"
    rig.send_to("later-1@example.org", "two@example.org", "three@example.org")
    first, *_ = tick(rig.context).batches
    rig.deliver_one(first)
    clock.advance(timedelta(hours=hours))
    rig.relay.replies.clear()
    until_sent(rig, clock)
    copies = sorted(rig.relay.recipients)
    assert copies == ["later-1@example.org", "three@example.org", "two@example.org"]


def test_a_clock_that_jumps_beyond_the_expiry_pauses_the_issue_and_expires_no_copy(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.send_to(*READERS)
    first, *_ = tick(rig.context).batches
    rig.deliver_one(first)
    ticker = _Ticker(rig.context, Wakeups(open_broker(rig.context.settings)))
    ticker.beat()

    clock.advance(timedelta(hours=50))
    rig.deliver()  # a worker is there before the ticker
    ticker._next_sweep_s = 0.0
    ticker.beat()

    assert rig.issue().state == "paused"
    assert_operator_sees(rig, "The clock jumped ahead by 50 hours")
    resume_issue(rig.context, rig.issue_id, by("editor"))
    assert_all_readers_get_a_copy(rig, clock)


def test_an_issue_whose_time_is_up_without_a_jump_expires(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    clock.advance(rig.context.settings.issue_expiry)
    assert tick(rig.context).batches == []
    sweep(rig.context)
    finish_issues(rig.context)
    report = rig.report()
    assert (report.state, report.expired) == ("sent", len(READERS))


def test_leases_from_before_the_clock_was_set_back_do_not_last_for_hours(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.send_to(*READERS)
    first, *_ = tick(rig.context).batches
    with rig.context.database.write() as session:
        batch = session.get_one(Batch, first)
        batch.lease_owner, batch.lease_until = "gone/1", clock.now + timedelta(minutes=1)
    clock.advance(-timedelta(hours=5))
    sweep(rig.context)
    until_sent(rig, clock, at_most=timedelta(minutes=2))


def test_a_pause_that_began_before_the_clock_was_set_back_holds_nothing_up_for_hours(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.relay.at_mail = "421 4.3.2 too busy"
    rig.send_to(*READERS)
    rig.deliver()
    rig.relay.at_mail = ""
    clock.advance(-timedelta(hours=5))
    until_sent(rig, clock, at_most=timedelta(minutes=2))


def test_a_batch_that_rested_before_the_clock_was_set_back_is_not_held_up_for_hours(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.send_to(*READERS)
    first, *_ = rig.open_batches()
    with rig.context.database.write() as session:
        session.get_one(Batch, first).not_before = clock.now + timedelta(seconds=5)
    assert first not in tick(rig.context).batches
    clock.advance(-timedelta(hours=5))
    assert first in tick(rig.context).batches

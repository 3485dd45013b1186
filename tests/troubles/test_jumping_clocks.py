"""A clock that jumps, either way: nobody is given up for it, and nothing waits for hours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.runtime.ticker import _Ticker
from newsletter.store.models import Batch
from newsletter.tasks import Wakeups
from newsletter.usecases.sending.control_issue import resume_issue
from tests.conftest import Clock
from tests.support.delivery_house import House
from tests.support.principals import by
from tests.support.recovering_house import (
    READERS,
    goes_on_losing_nobody,
    told_to_the_operator,
    until_sent,
)


@pytest.mark.parametrize("hours", [-9, -3, 3, 30])
def test_a_clock_that_jumps_while_an_issue_goes_out_loses_nobody(
    house: House, clock: Clock, hours: int
) -> None:
    house.relay.replies["later"] = "451 4.3.0 try again later"
    house.send_to("later-1@example.org", "two@example.org", "three@example.org")
    first, *_ = tick(house.context).batches
    house.deliver_one(first)
    clock.advance(timedelta(hours=hours))
    house.relay.replies.clear()
    until_sent(house, clock)
    copies = sorted(house.relay.recipients)
    assert copies == ["later-1@example.org", "three@example.org", "two@example.org"]


def test_a_clock_that_jumps_beyond_the_expiry_pauses_the_issue_and_gives_nobody_up(
    house: House, clock: Clock
) -> None:
    house.send_to(*READERS)
    first, *_ = tick(house.context).batches
    house.deliver_one(first)
    ticker = _Ticker(house.context, Wakeups({}))
    ticker.beat()

    clock.advance(timedelta(hours=50))
    house.deliver()  # a worker is there before the ticker
    ticker._next_sweep_s = 0.0
    ticker.beat()

    assert house.issue().state == "paused"
    told_to_the_operator(house, "The clock went ahead by 50 hours")
    resume_issue(house.context, house.issue_id, by("editor"))
    goes_on_losing_nobody(house, clock)


def test_an_issue_whose_time_is_up_without_a_jump_expires(house: House, clock: Clock) -> None:
    house.send_to(*READERS)
    clock.advance(house.context.settings.issue_expiry)
    assert tick(house.context).batches == []
    sweep(house.context)
    finish_issues(house.context)
    report = house.report()
    assert (report.state, report.expired) == ("sent", len(READERS))


def test_what_was_leased_before_the_clock_was_set_back_is_not_held_for_hours(
    house: House, clock: Clock
) -> None:
    house.send_to(*READERS)
    first, *_ = tick(house.context).batches
    with house.context.database.write() as session:
        batch = session.get_one(Batch, first)
        batch.lease_owner, batch.lease_until = "gone/1", clock.now + timedelta(minutes=1)
    clock.advance(-timedelta(hours=5))
    sweep(house.context)
    until_sent(house, clock, at_most=timedelta(minutes=2))


def test_a_pause_that_began_before_the_clock_was_set_back_holds_nothing_up_for_hours(
    house: House, clock: Clock
) -> None:
    house.relay.at_mail = "421 4.3.2 too busy"
    house.send_to(*READERS)
    house.deliver()
    house.relay.at_mail = ""
    clock.advance(-timedelta(hours=5))
    until_sent(house, clock, at_most=timedelta(minutes=2))

"""Leases and clocks: a worker that can't be sure of its lease hands nothing over."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest

from newsletter.delivery.leases import Leases
from newsletter.delivery.sweep import tick
from newsletter.runtime.ticker import _Ticker
from newsletter.store.models import Batch
from newsletter.tasks.broker import open_broker
from newsletter.tasks.lease_keeper import LeaseKeeper
from newsletter.tasks.wakeups import Wakeups
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig

MINUTE = timedelta(minutes=1)
ONE = ("batch", 1)


@dataclass
class Wall:
    now_s: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_lease_ends_when_the_clock_on_the_wall_says_so() -> None:
    wall = Wall()
    leases = Leases("test/1", MINUTE, wall)
    leases.record([ONE], time.monotonic())
    assert leases.is_valid(ONE)
    wall.now_s += 3600  # set forward, or the machine was suspended
    assert not leases.is_valid(ONE)
    assert leases.has_lapsed()
    leases.record([ONE], time.monotonic())
    assert leases.is_valid(ONE)


def test_a_lease_is_not_longer_for_a_clock_that_was_set_back() -> None:
    wall = Wall()
    leases = Leases("test/1", MINUTE, wall)
    leases.record([ONE], time.monotonic() - 61)
    wall.now_s -= 3600
    assert not leases.is_valid(ONE)


def test_after_a_jump_a_keeper_renews_its_leases_at_once(rig: DeliveryRig) -> None:
    """Long before its next turn, which comes after a quarter of the lease."""
    rig.send_to("one@example.org")
    (batch_id,) = tick(rig.context).batches
    wall = Wall()
    leases = Leases("test/1", MINUTE, wall)
    with rig.context.database.write() as session:
        batch = session.get_one(Batch, batch_id)
        batch.lease_owner, batch.lease_until = leases.owner, rig.context.now()
    leases.record([("batch", batch_id)], time.monotonic())
    wall.now_s += 3600
    keeper = LeaseKeeper(rig.context, leases)
    keeper.start()
    give_up_s = time.monotonic() + 12
    while not leases.is_valid(("batch", batch_id)) and time.monotonic() < give_up_s:
        threading.Event().wait(0.05)
    keeper.stop()
    assert leases.is_valid(("batch", batch_id))


def test_after_a_jump_the_sweeper_gives_workers_time_to_renew(
    rig: DeliveryRig, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="newsletter.events")
    rig.send_to("one@example.org")
    (batch_id,) = tick(rig.context).batches
    with rig.context.database.write() as session:
        batch = session.get_one(Batch, batch_id)
        batch.lease_owner = "alive/1"
        batch.lease_until = rig.context.now() + MINUTE
    ticker = _Ticker(rig.context, Wakeups(open_broker(rig.context.settings)))
    ticker.beat()
    clock.advance(timedelta(hours=1))
    ticker._next_sweep_s = 0.0
    ticker.beat()
    with rig.context.database.read() as session:
        assert session.get_one(Batch, batch_id).lease_owner == "alive/1"
    assert "clock jumped" in caplog.messages
    ticker._next_sweep_s = 0.0  # half a lease later, and it was not renewed
    ticker.beat()
    with rig.context.database.read() as session:
        assert session.get_one(Batch, batch_id).lease_owner is None

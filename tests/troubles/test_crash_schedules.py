"""Random lives and deaths of workers against the real ledger and journal: the promise holds.

The relay and its connections are drawn; claims, journal, outcomes and recovery are the real ones.
A process dies between any two of its steps: at a commit, before it or behind it, with dots on the
wire that the relay took or did not take.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from newsletter.delivery.deliver_batch import Tools, deliver_batch
from newsletter.delivery.leases import Leases
from newsletter.delivery.recover import recover_dead_workers, recover_worker
from newsletter.delivery.sweep import sweep, tick
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState, UncertainPolicy
from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Outcome,
    Rejected,
    Uncertain,
    Withheld,
)
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.copies import Copy, CopySource
from newsletter.mail.smtp.courier import Courier
from newsletter.mail.smtp.relay import Relay
from newsletter.spool.journal import Journal
from newsletter.store.database import Database
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig

SCHEDULES = int(os.environ.get("CRASH_SCHEDULES", "20"))
CONNECTIONS = 3
READERS = 7
WORKER = "crashing"
LIVES = 30
"""After this many lives, no process dies any more."""

TAKEN = Accepted(Reply(250, "Ok: queued as Q1", "2.0.0"), "Q1")
LATER = Deferred(Reply(450, "later", "4.2.0"), Stage.DOT)
NEVER = Rejected(Reply(550, "no such user", "5.1.1"), Stage.RCPT)
LOST = Uncertain("after the final dot: it hung up")


class Killed(BaseException):
    """Where a process ends that is killed: nothing after this is done."""


@dataclass
class Fate:
    """What is drawn, until it has been kind or unkind often enough; then all goes well."""

    random: Random
    left: int
    deaths: int = 0

    def one_of(self, *options: Any, safe: Any) -> Any:
        self.left -= 1
        return self.random.choice(options) if self.left > 0 else safe

    def may_die(self) -> None:
        if self.one_of(*(True, *[False] * 11), safe=False):
            self.deaths += 1
            raise Killed


@dataclass
class DrawnRelay:
    """Replaces the courier: takes copies and draws their outcomes."""

    fate: Fate
    taken: Counter[str] = field(default_factory=Counter)
    in_doubt: int = 0
    """Dots of which the journal had no answer when a process died, and connections lost."""
    _unnoted: int = 0

    def submit(self, relay: Relay, desk: CopySource) -> None:
        del relay
        on_the_wire: list[Copy] = []
        is_empty = False
        self._unnoted = 0
        while on_the_wire or not is_empty:
            try:
                self.fate.may_die()
            except Killed:
                self._leave_open(on_the_wire)
                self.in_doubt += self._unnoted
                raise
            is_room = len(on_the_wire) < CONNECTIONS and not is_empty
            if is_room and (not on_the_wire or self.fate.one_of(True, False, safe=True)):
                is_empty = not self._begin(desk, on_the_wire)
            else:
                place = self.fate.one_of(*range(len(on_the_wire)), safe=0)
                self._answer(desk, on_the_wire.pop(place))

    def call(self, function: Callable[[], None]) -> None:
        function()

    def raise_if_broken(self) -> None:
        """Always."""

    def close(self) -> None:
        """Nothing is open."""

    def _begin(self, desk: CopySource, on_the_wire: list[Copy]) -> bool:
        copy = desk.take()
        if copy is None:
            return False
        if desk.may_finish(copy) and desk.before_dot(copy):
            on_the_wire.append(copy)
            self._unnoted = 0
        else:
            desk.done(copy, Withheld())
        return True

    def _answer(self, desk: CopySource, copy: Copy) -> None:
        outcome: Outcome = self.fate.one_of(TAKEN, TAKEN, TAKEN, LATER, NEVER, LOST, safe=TAKEN)
        if outcome is LOST:
            self._leave_open([copy])
        elif outcome is TAKEN:
            self.taken[copy.envelope.recipient] += 1
            self._unnoted += 1
        desk.done(copy, outcome)

    def _leave_open(self, copies: list[Copy]) -> None:
        self.in_doubt += len(copies)
        for copy in copies:
            if self.fate.one_of(True, False, safe=True):
                self.taken[copy.envelope.recipient] += 1


class MortalDatabase:
    """A process that uses it may die right before a commit, or right behind it."""

    def __init__(self, database: Database, fate: Fate) -> None:
        self._database = database
        self._fate = fate

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._database.write() as session:
            yield session
            self._fate.may_die()
        self._fate.may_die()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@dataclass
class World:
    context: Context
    clock: Clock
    fate: Fate
    relay: DrawnRelay

    def live(self, number: int) -> None:
        """One process, from its start to its death, or until nothing is to be done."""
        context = self.context
        if number < LIVES:
            mortal = cast("Database", MortalDatabase(context.database, self.fate))
            context = replace(context, database=mortal)
        owner = f"{WORKER}/{number}"
        transmitter = Transmitter(context)
        transmitter.courier = cast("Courier", self.relay)
        leases = Leases(owner, context.settings.lease_duration)
        journal = Journal(context.settings.journal_path, owner)
        tools = Tools(context, transmitter, leases, journal, threading.Event())
        try:
            while woken := tick(self.context).batches:
                for batch_id in woken:
                    deliver_batch(tools, batch_id)
            journal.close()
        except Killed:
            for descriptor in journal._descriptors.values():
                os.close(descriptor)

    def recover(self) -> None:
        """Recovers by the supervisor, the next start or the sweeper."""
        by = self.fate.one_of("supervisor", "start", "sweeper", safe="supervisor")
        if by == "supervisor":
            recover_worker(self.context, WORKER)
        elif by == "start":
            recover_dead_workers(self.context)
        else:
            self.clock.advance(self.context.settings.lease_duration + timedelta(seconds=1))
            sweep(self.context)


@given(seed=st.integers(0, 2**32), policy=st.sampled_from(UncertainPolicy))
@settings(
    max_examples=SCHEDULES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_no_reader_is_lost_whenever_a_process_dies(
    context: Context, clock: Clock, seed: int, policy: UncertainPolicy
) -> None:
    """With uncertain copies held, no reader ever gets a second copy."""
    fate = Fate(Random(seed), left=300)  # noqa: S311  drawn to be repeated
    context = replace(context, settings=replace(context.settings, batch_size=3, uncertain=policy))
    world = World(context, clock, fate, DrawnRelay(fate))
    everyone = [f"{uuid.uuid4().hex}@example.org" for _ in range(READERS)]
    rig = DeliveryRig(context, *[cast("Any", None)] * 4)
    rig.send_to(*everyone)
    gone: set[str] = set()
    for number in range(LIVES * 4):
        world.live(number)
        world.recover()
        if fate.one_of(True, False, False, False, safe=False):
            leaver = fate.one_of(*everyone, safe=everyone[0])
            if not world.relay.taken[leaver]:
                rig.leave(leaver)
                gone.add(leaver)
        clock.advance(timedelta(minutes=40))
        if rig.report().state == "sent":
            break

    report = rig.report()
    assert (report.state, report.active_at_freeze) == ("sent", READERS)
    for address in everyone:
        state, copies = rig.line(address).state, world.relay.taken[address]
        if state == DeliveryState.ACCEPTED:
            assert copies >= 1, address
        elif state == DeliveryState.UNCERTAIN:
            assert policy is UncertainPolicy.HOLD
        elif address not in gone:
            assert state == DeliveryState.FAILED, address
        elif state == DeliveryState.WITHDRAWN:
            assert address in gone
    second_copies = sum(copies - 1 for copies in world.relay.taken.values() if copies > 1)
    assert second_copies <= (world.relay.in_doubt if policy is UncertainPolicy.RESEND else 0)
    assume(fate.deaths)  # a schedule without a death shows nothing, and does not count

"""Chaos in small: everything goes wrong once at least, and the promise is kept."""

from __future__ import annotations

import os
import shutil

import pytest

from benchmarks.results import Lacking
from benchmarks.torture import chaos, partition
from benchmarks.torture.chaos_relay import Received, Taken
from tests.conftest import lacking, not_permitted
from tests.support.services.postgres import find_postgres

pytestmark = pytest.mark.timeout(300)


def test_nobody_is_lost_while_everything_goes_wrong(database_kind: str) -> None:
    if database_kind == "postgresql" and find_postgres() is None:
        lacking("PostgreSQL")
    task = chaos.Task(
        recipients=300, seconds=4.0, database=database_kind, seed=1, kill_every_s=30.0
    )

    outcome = chaos.run(task)

    assert outcome["broken"] == [], outcome


def test_a_machine_that_is_cut_off_costs_its_open_windows_at_most() -> None:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        not_permitted("network namespaces want root and iproute2")
    if find_postgres() is None:
        lacking("PostgreSQL")
    try:
        outcome = partition.run(partition.Task(recipients=800, seconds=4.0))
    except Lacking as reason:
        not_permitted(str(reason))

    assert outcome["broken"] == [], outcome


def test_second_copies_are_counted_and_traced_to_what_befell_the_first() -> None:
    received = Received(
        [
            Taken(1.0, "ada@example.org", "<1>", "drop"),
            Taken(2.0, "ben@example.org", "<2>", "answer"),
            Taken(5.0, "ada@example.org", "<1>", "answer"),
            Taken(6.0, "ben@example.org", "<other>", "answer"),
        ]
    )

    assert received.duplicates == 2
    assert received.duplicates_with_other_message_id == 1
    assert received.causes([(2.5, "kill")]) == {"drop": 1, "kill": 1}


def test_what_never_happened_and_what_did_not_hold_is_said() -> None:
    good = {
        **dict.fromkeys(("kills", "drops", "hangs", "outages", "soft_rejections", "flushes"), 1),
        **dict.fromkeys(("lost", "duplicates_with_other_message_id", "sent_after_unsubscribe"), 0),
        "unsubscribed": 60,
        "database": "sqlite",
        "duplicates": 3,
        "duplicates_allowed": 3,
        "finished": True,
        "report_adds_up": True,
    }

    assert chaos._broken(good) == []
    assert chaos._broken(good | {"database": "postgresql", "database_restarts": 0}) == [
        "database_restarts never happened"
    ]
    assert chaos._broken(good | {"hangs": 0, "lost": 2, "duplicates": 4}) == [
        "hangs never happened",
        "lost is not 0",
        "more duplicates than connections open at kills, drops and hangs",
    ]

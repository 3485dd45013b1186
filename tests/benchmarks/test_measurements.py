"""The measurements themselves, very small: that they count right, never how fast anything is."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from benchmarks import all as every
from benchmarks import archive, deliver, import_subscribers, materialise, memory, pages
from benchmarks.results import finish
from tests.conftest import lacking
from tests.support.services.postgres import find_postgres

pytestmark = pytest.mark.timeout(170)

READERS = 300


@pytest.fixture
def database_kind(database_kind: str) -> str:
    if database_kind == "postgresql" and find_postgres() is None:
        lacking("PostgreSQL")
    return database_kind


@pytest.fixture
def postfix() -> None:
    if shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin") is None:
        lacking("Postfix's smtp-sink")


def a_delivery(database_kind: str, **differences: Any) -> deliver.Task:
    values = {"recipients": READERS, "size": 11_000, "connections": 4, "processes": 2}
    return deliver.Task(**{**values, "database": database_kind, **differences})


def test_a_delivery_is_counted_by_the_sink_and_by_the_ledger(
    database_kind: str, postfix: None
) -> None:
    result = deliver.measure(a_delivery(database_kind, dkim="rsa"))

    assert deliver.is_complete(result), result
    assert result["received"] == READERS
    assert abs(result["message_bytes"] - 11_000) < 200
    wanted = {"messages_per_second", "yardstick_per_second", "ratio", "peak_rss_mb"}
    assert all(result[name] > 0 for name in wanted)
    assert result["signatures_per_second"] > 0


def test_over_a_round_trip_the_sink_tells_its_own_ceiling() -> None:
    result = deliver.measure(a_delivery("sqlite", round_trip_ms=20))

    assert deliver.is_complete(result), result
    assert result["yardstick_per_second"] == 4 / 0.020
    assert result["sink_ceiling_per_second"] > result["yardstick_per_second"]


def test_a_delivery_that_is_not_complete_is_a_failure() -> None:
    result = {"received": 299, "accepted": 300, "recipients": 300}

    assert finish("deliver", result, is_json=True, is_good=deliver.is_complete(result)) == 1


def test_the_memory_of_a_worker_is_seen_with_many_and_with_few(postfix: None) -> None:
    result = memory.measure(READERS, 100, 0, "sqlite")

    assert result["received"] == READERS
    assert result["peak_rss_mb"] > 20
    assert result["yardstick_mb"] > 20


def test_materialising_and_its_yardstick_write_the_same_number_of_rows(database_kind: str) -> None:
    assert materialise.measure(READERS, database_kind)["deliveries"] == 3 * READERS


def test_an_import_and_its_yardstick_leave_the_same_readers_behind(database_kind: str) -> None:
    result = import_subscribers.measure(READERS, database_kind)

    assert result["imported"] == result["bulk_loaded"] == READERS


def test_an_archive_moves_in_whole() -> None:
    assert archive.measure(8, "sqlite")["imported"] == 8


def test_every_page_that_can_be_read_is_measured() -> None:
    times = pages.measure(READERS, 20, "sqlite", repeat=0)

    assert len(times) > 150


def test_the_table_has_a_line_for_each_measure_and_says_what_did_not_work() -> None:
    measure = every._measures(0.1)[0]
    good = {"messages_per_second": 1200, "yardstick_per_second": 1000, "ratio": 1.2}
    lines = [
        every.Line(measure, "sqlite", {**good, "is_good": True}),
        every.Line(measure, "postgresql", {}, "ended with exit status 2"),
    ]

    table = every._as_table(lines)

    assert "1,200 /s" in table
    assert "ended with exit status 2" in table


def test_the_lines_about_rendering_share_one_run_and_no_database() -> None:
    lines = [measure for measure in every._measures(0.1) if measure.program == "render"]
    result = {"ours_warm_ms": 20.5, "npm_warm_ms": 4.1, "warm_by_npm": 5.0, "is_good": True}

    assert {(line.program, line.options, line.has_database) for line in lines} == {
        ("render", (), False)
    }
    assert "20.5 ms" in every._as_table([every.Line(lines[-1], "", result)])

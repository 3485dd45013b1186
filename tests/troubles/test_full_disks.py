"""The disk of the journal or of the database is full: sending stops, and loses no reader."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from newsletter.delivery.sweep import tick
from newsletter.spool.journal import Journal
from newsletter.store.database import Database
from newsletter.usecases.sending.control_issue import resume_issue
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by
from tests.support.recovery import READERS, assert_all_readers_get_a_copy, assert_operator_sees

WAITING = "waiting for the database"


def test_a_journal_that_can_not_be_written_pauses_the_issue_and_loses_no_reader(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.send_to(*READERS)
    number = rig.journal.open_window()
    (generation,) = rig.journal._descriptors
    os.dup2(os.open("/dev/full", os.O_WRONLY), rig.journal._descriptors[generation])
    rig.deliver()
    rig.journal.close_window(number)
    assert rig.relay.recipients == []
    assert "No space left on device" in rig.issue().state_reason
    assert "Free some space there, then resume." in rig.issue().state_reason
    assert_operator_sees(rig, "No space left on device")
    rig.journal = Journal(rig.context.settings.journal_path, "test/1")
    resume_issue(rig.context, rig.issue_id, by("editor"))
    assert_all_readers_get_a_copy(rig, clock)


def test_a_journal_that_can_not_be_begun_pauses_the_issue_and_loses_no_reader(
    rig: DeliveryRig, clock: Clock
) -> None:
    directory = rig.context.settings.journal_path
    directory.write_text("a file in its place")
    rig.send_to(*READERS)
    rig.deliver()
    assert str(directory) in rig.issue().state_reason
    directory.unlink()
    resume_issue(rig.context, rig.issue_id, by("editor"))
    assert_all_readers_get_a_copy(rig, clock)


def test_workers_wait_for_a_database_with_a_full_disk_and_no_reader_gets_a_second_copy(
    rig: DeliveryRig, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="newsletter.events")
    readers = [f"reader{n}@example.org" for n in range(60)]
    with_settings(rig, batch_size=60)
    rig.send_to(*readers)
    tick(rig.context)
    with a_full_disk(rig.context.database) as make_room:
        sending = threading.Thread(target=rig.deliver)
        sending.start()
        eventually(lambda: WAITING in caplog.messages)
        clock.advance(timedelta(minutes=2))
        assert sending.is_alive(), "it waits"
        assert_operator_sees(rig, "disk has room")
        make_room()
        sending.join(60)
    said = next(vars(r)["facts"] for r in caplog.records if r.message == WAITING)
    assert "full" in said["reason"] or "No space left" in said["reason"]
    assert "its disk has room" in said["advice"]
    tick(rig.context)
    assert sorted(rig.relay.recipients) == sorted(readers)
    report = rig.report()
    assert (report.state, report.accepted, report.standstill) == ("sent", 60, "")


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def a_full_disk(database: Database) -> Iterator[Callable[[], None]]:
    """In SQLite no page can be added any more; PostgreSQL says so of each line that it writes."""
    if database.is_sqlite:
        yield _few_pages(database)
        return
    with database.write() as session:
        session.execute(
            text(
                "CREATE FUNCTION no_room() RETURNS trigger AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file: No space left on device' "
                "USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql; "
                "CREATE TRIGGER full_disk BEFORE UPDATE ON deliveries "
                "FOR EACH ROW WHEN (NEW.state = 'accepted') EXECUTE FUNCTION no_room()"
            )
        )

    def make_room() -> None:
        with database.write() as session:
            session.execute(text("DROP TRIGGER full_disk ON deliveries"))

    yield make_room


def _few_pages(database: Database) -> Callable[[], None]:
    most = {"pages": 1 << 30}

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {most['pages']}")

    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("VACUUM")
        most["pages"] = driver.execute("PRAGMA page_count").fetchone()[0]
    database.dispose()
    event.listen(database.engine, "checkout", limit)

    def make_room() -> None:
        most["pages"] = 1 << 30

    return make_room

"""What is wrong with the house itself: sending pauses, says why, and goes on losing nobody."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import event, text

from newsletter.cli.root import main
from newsletter.domain.deliveries import UncertainPolicy
from newsletter.runtime.environment import environment_of
from newsletter.runtime.ticker import _Ticker
from newsletter.store.database import Database
from newsletter.store.journal import Journal
from newsletter.store.models import Batch
from newsletter.tasks import Wakeups
from newsletter.usecases.recover import try_relay_again
from newsletter.usecases.steer_issue import resume_issue
from newsletter.usecases.sweep import finish_issues, sweep, tick
from newsletter.usecases.transmission import Transmitter
from tests.conftest import Clock, free_port
from tests.delivery_house import House, with_settings
from tests.mail.certificates import an_authority

READERS = ("one@example.org", "two@example.org", "three@example.org")
PASSWORD = "s3cret"
CLOSED = "UPDATE batches SET closed_at = created_at"
WAITING = "waiting for the database"
LATER = timedelta(minutes=20)


# --- A relay that is misconfigured, its certificate, its login


def test_a_relay_that_is_not_there_is_named_and_after_the_right_one_all_get_a_copy(
    house: House, clock: Clock
) -> None:
    right = house.context.settings.smtp_url
    new_settings(house, smtp_url="smtp://127.0.0.1:1")
    assert "127.0.0.1:1" in trouble_of_a_send(house)
    start_again(house, smtp_url=right)
    goes_on_losing_nobody(house, clock)


def test_settings_that_name_no_relay_are_told_and_after_the_right_one_all_get_a_copy(
    house: House, clock: Clock
) -> None:
    right = house.context.settings.smtp_url
    new_settings(house, smtp_url="relay.example:25")
    assert "smtp://" in trouble_of_a_send(house)
    start_again(house, smtp_url=right)
    goes_on_losing_nobody(house, clock)


def test_a_certificate_for_another_stops_the_relay_until_it_is_right(
    house: House, clock: Clock, tmp_path: Path
) -> None:
    authority = an_authority(tmp_path)
    with serving(house, authority.server_tls("127.0.0.2")) as port:
        url = f"smtp://127.0.0.1:{port}"
        new_settings(
            house, smtp_url=url, smtp_starttls="required", smtp_ca_file=str(authority.ca_file)
        )
        reason = trouble_of_a_send(house)
    assert "certificate is not valid for 127.0.0.1" in reason
    assert "IP address mismatch" in reason
    with serving(house, authority.server_tls()) as port:
        start_again(house, smtp_url=f"smtp://127.0.0.1:{port}")
        goes_on_losing_nobody(house, clock)


def test_a_refused_login_stops_the_relay_until_the_password_is_right(
    house: House, clock: Clock, tmp_path: Path
) -> None:
    authority = an_authority(tmp_path)
    with serving(house, authority.server_tls(), with_login=True) as port:
        settings = {"smtp_starttls": "required", "smtp_ca_file": str(authority.ca_file)}
        new_settings(house, smtp_url=f"smtp://ann:wrong@127.0.0.1:{port}", **settings)
        reason = trouble_of_a_send(house)
        assert "535" in reason
        assert "wrong" not in reason
        start_again(house, smtp_url=f"smtp://ann:{PASSWORD}@127.0.0.1:{port}", **settings)
        goes_on_losing_nobody(house, clock)


# --- A DKIM key that is not one, or too short


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (lambda: b"no key at all", "no private key"),
        (lambda: an_rsa_key(1024), "1024"),
        (lambda: None, "no such file"),
    ],
    ids=["rubbish", "too short", "not there"],
)
def test_a_key_that_can_not_sign_is_told_and_once_it_is_right_all_copies_are_signed(
    house: House, clock: Clock, tmp_path: Path, key: Callable[[], bytes | None], words: str
) -> None:
    path, content = tmp_path / "dkim.pem", key()
    if content is not None:
        path.write_bytes(content)
    new_settings(house, dkim_key_file=str(path), dkim_selector="s1")
    reason = trouble_of_a_send(house)
    assert str(path) in reason
    assert words in reason
    path.write_bytes(an_rsa_key(2048))
    clock.advance(timedelta(minutes=1))  # nobody has to start anything anew
    goes_on_losing_nobody(house, clock)
    assert all(message["DKIM-Signature"] for _, message in house.relay.received)


# --- A disk that is full


def test_a_journal_that_can_not_be_written_pauses_the_issue_and_loses_nobody(
    house: House, clock: Clock
) -> None:
    house.send_to(*READERS)
    number = house.journal.open_window()
    (generation,) = house.journal._descriptors
    os.dup2(os.open("/dev/full", os.O_WRONLY), house.journal._descriptors[generation])
    house.deliver()
    house.journal.close_window(number)
    assert house.relay.recipients == []
    assert "No space left on device" in house.issue().state_reason
    assert "Make room there, and resume." in house.issue().state_reason
    told_to_the_operator(house, "No space left on device")
    house.journal = Journal(house.context.settings.journal_path, "test/1")
    resume_issue(house.context, house.issue_id, "editor")
    goes_on_losing_nobody(house, clock)


def test_a_journal_that_can_not_even_be_begun_pauses_the_issue_and_loses_nobody(
    house: House, clock: Clock
) -> None:
    directory = house.context.settings.journal_path
    directory.write_text("a file in its place")
    house.send_to(*READERS)
    house.deliver()
    assert str(directory) in house.issue().state_reason
    directory.unlink()
    resume_issue(house.context, house.issue_id, "editor")
    goes_on_losing_nobody(house, clock)


def test_a_database_whose_disk_is_full_is_waited_for_and_nobody_gets_a_second_copy(
    house: House, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="newsletter.events")
    readers = [f"reader{n}@example.org" for n in range(60)]
    with_settings(house, batch_size=60)
    house.send_to(*readers)
    tick(house.context)
    with a_full_disk(house.context.database) as make_room:
        sending = threading.Thread(target=house.deliver)
        sending.start()
        eventually(lambda: WAITING in caplog.messages)
        clock.advance(timedelta(minutes=2))
        assert sending.is_alive(), "it waits"
        told_to_the_operator(house, "is there room on the disk")
        make_room()
        sending.join(60)
    said = next(vars(r)["facts"] for r in caplog.records if r.message == WAITING)
    assert "full" in said["reason"] or "No space left" in said["reason"]
    assert "is there room on its disk?" in said["advice"]
    tick(house.context)
    assert sorted(house.relay.recipients) == sorted(readers)
    report = house.report()
    assert (report.state, report.accepted, report.standstill) == ("sent", 60, "")


# --- A clock that jumps


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
    resume_issue(house.context, house.issue_id, "editor")
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


# --- A ledger in an impossible state


@pytest.mark.parametrize("policy", UncertainPolicy)
def test_lines_on_their_way_that_no_worker_has_pause_the_issue(
    house: House, clock: Clock, policy: UncertainPolicy
) -> None:
    with_settings(house, uncertain=policy)
    house.send_to(*READERS)
    hand_on_the_tables(
        house, "UPDATE deliveries SET state = 'handing over' WHERE subscriber_id IN (1, 3)"
    )
    contradiction_pauses(house, "marked as being handed over")
    resume_issue(house.context, house.issue_id, "editor")
    report = until_sent(house, clock)
    if policy is UncertainPolicy.RESEND:
        assert (report.accepted, report.held) == (3, 0)
        assert sorted(house.relay.recipients) == sorted(READERS)
    else:
        assert (report.accepted, report.held) == (1, 2)


@pytest.mark.parametrize(
    ("done_to_the_tables", "words"),
    [
        (CLOSED, "waiting for a batch that was closed"),
        ("DELETE FROM batches", "waiting for a batch"),
        (
            f"UPDATE deliveries SET state = 'deferred', due_at = NULL; {CLOSED}",
            "waiting for a batch",
        ),
        (
            f"UPDATE deliveries SET state = 'handing over'; {CLOSED}",
            "marked as being handed over",
        ),
        ("DELETE FROM deliveries WHERE subscriber_id > 1", "lacking for readers"),
        ("DELETE FROM deliveries; DELETE FROM batches", "lacking for readers"),
    ],
    ids=["closed", "no batches", "no time", "on their way", "lines lost", "all lost"],
)
def test_a_ledger_that_contradicts_itself_is_mended_and_asks_first(
    house: House, clock: Clock, done_to_the_tables: str, words: str
) -> None:
    house.send_to(*READERS)
    hand_on_the_tables(house, done_to_the_tables)
    contradiction_pauses(house, words)
    resume_issue(house.context, house.issue_id, "editor")
    goes_on_losing_nobody(house, clock)


def test_a_copy_that_was_taken_without_an_attempt_is_not_sent_again(
    house: House, clock: Clock
) -> None:
    house.send_to(*READERS)
    hand_on_the_tables(
        house, "UPDATE deliveries SET state = 'accepted', attempts = 0 WHERE subscriber_id = 1"
    )
    report = until_sent(house, clock)
    assert (report.accepted, len(house.relay.recipients)) == (3, 2)


# --- What they share


def new_settings(house: House, **changes: Any) -> None:
    house.transmitter.close()
    with_settings(house, **changes)
    house.transmitter = Transmitter(house.context)


def start_again(house: House, **changes: Any) -> None:
    """As the operator does once the settings are right."""
    new_settings(house, **changes)
    try_relay_again(house.context)


def trouble_of_a_send(house: House) -> str:
    house.send_to(*READERS)
    house.deliver()
    assert house.relay.recipients == []
    assert tick(house.context).batches == [], "the relay is left alone"
    report = house.report()
    assert (report.state, report.pending) == ("sending", 3)
    told_to_the_operator(house, report.relay_trouble[:40])
    return report.relay_trouble


def told_to_the_operator(house: House, words: str) -> None:
    """By the report on the command line; the page of the issue has the same figures."""
    environment = environment_of(house.context.settings)
    found = CliRunner().invoke(main, ["issue", "report", str(house.issue_id)], env=environment)
    assert found.exit_code == 0, found.output
    assert words in found.output


def goes_on_losing_nobody(house: House, clock: Clock) -> None:
    until_sent(house, clock)
    assert sorted(house.relay.recipients) == sorted(READERS)


def until_sent(house: House, clock: Clock, at_most: timedelta = timedelta(hours=36)) -> Any:
    began = clock.now
    while house.issue().state != "sent":
        for batch_id in tick(house.context).batches:
            house.deliver_one(batch_id)
        sweep(house.context)
        finish_issues(house.context)
        assert house.issue().state in ("sending", "sent"), house.issue().state_reason
        assert clock.now - began <= at_most
        clock.advance(timedelta(seconds=20) if clock.now - began < timedelta(minutes=3) else LATER)
    return house.report()


def contradiction_pauses(house: House, words: str) -> None:
    for _ in range(3):
        house.deliver()
        finish_issues(house.context)
    issue = house.issue()
    assert issue.state == "paused"
    assert issue.state_reason.startswith("The ledger contradicts itself.")
    assert words in issue.state_reason
    told_to_the_operator(house, "The ledger contradicts itself.")
    assert house.report().adds_up


def hand_on_the_tables(house: House, statements: str) -> None:
    with house.context.database.write() as session:
        for statement in statements.split(";"):
            session.execute(text(statement))


def an_rsa_key(bits: int) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def serving(house: House, tls: Any, *, with_login: bool = False) -> Iterator[int]:
    """The relay of the house once more, behind STARTTLS and perhaps a login."""
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": True}
    if with_login:
        options |= {"authenticator": _authenticate, "auth_required": True}

    server = Controller(house.relay, hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    yield server.port
    server.stop(no_assert=True)


def _authenticate(*arguments: Any) -> AuthResult:
    credentials = arguments[-1]
    is_right = credentials.password == PASSWORD.encode()
    return AuthResult(success=is_right, handled=False)


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

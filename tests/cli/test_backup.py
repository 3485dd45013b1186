"""`newsletter backup` and `newsletter restore`, on the day that they are needed."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text

from newsletter.config import read_shared_file, write_shared_file
from newsletter.delivery.sweep import tick
from newsletter.domain.actions import Action
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.runtime.environment import environment_of
from newsletter.runtime.single import single_instance
from newsletter.runtime.ticker import _Ticker
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import (
    Delivery,
    OutboxMessage,
    Subscription,
    SubscriptionAttribute,
    SubscriptionTag,
)
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.operations.back_up import about_backup
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.export_subscribers import export_subscribers
from newsletter.usecases.sending.send_test import send_test
from newsletter.usecases.staff.audit import AuditFilter, list_audit
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_editor
from tests.support.delivery_rig import DeliveryRig
from tests.support.principals import by
from tests.support.services.commands import Run

ADA = by("ada@example.org")
READERS = tuple(f"reader{number}@example.org" for number in range(6))


@pytest.fixture
def run(run: Run, rig: DeliveryRig) -> Run:
    return partial(run, **environment_of(rig.context.settings))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "newsletter.backup"


@pytest.fixture(autouse=True)
def _real_time(clock: Clock) -> None:
    """The command has no other clock."""
    clock.now = datetime.now(UTC)


def back_up(run: Run, file: Path) -> None:
    done = run("backup", str(file))
    assert done.returncode == 0, done.stderr


def restore(run: Run, rig: DeliveryRig, file: Path) -> str:
    rig.context.database.dispose()
    done = run("restore", str(file), "--yes")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_was_under_way_is_held_and_whoever_left_since_stays_gone(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    """The backup is made in mid-send, the issue goes on, someone leaves, the disk dies."""
    rig.send_to(*READERS)
    first, *_ = rig.open_batches()
    rig.deliver_one(first)
    back_up(run, file)
    rig.deliver()
    rig.leave(READERS[0])
    rig.leave(READERS[5])
    rig.report()
    sent = list(rig.relay.recipients)

    said = restore(run, rig, file)

    assert f"Issue {rig.issue_id} is paused" in said
    assert f"newsletter issue resume {rig.issue_id}" in said
    assert "2 who left after it was made have left again." in said
    assert rig.issue().state == "paused"
    assert "restored from a backup" in run("issue", "report", str(rig.issue_id)).stdout
    assert tick(rig.context).batches == [], "nothing goes out before someone decides"
    assert rig.relay.recipients == sent
    assert {rig.subscription(READERS[n]).state for n in (0, 5)} == {"unsubscribed"}

    assert run("issue", "resume", str(rig.issue_id)).returncode == 0
    rig.deliver()
    again = rig.relay.recipients[len(sent) :]
    assert READERS[5] not in again, "the copy that waited in the backup was withdrawn"
    assert set(again) == set(READERS[2:5])
    assert rig.report().state == "sent"


def test_what_each_newsletter_knows_comes_back_and_who_was_erased_from_one_since_is_gone_there(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    ours, theirs = a_newsletter(rig.context, slug="ours"), a_newsletter(rig.context, slug="theirs")
    for where in (ours, theirs):
        told = {"name": f"Bo at {where.slug}", "attributes": {"plan": where.slug}}
        bo = a_subscriber(rig.context, where, address="bo@x.org", tags=[where.slug], **told)
    back_up(run, file)
    eve = Principal.editor(7, "eve", {ours.id: Role.EDITOR})
    erase_subscriber(rig.context, "ours", bo.subscriber_id, "bo@x.org", eve)

    restore(run, rig, file)

    ann = Principal.editor(8, "ann", {one.id: Role.OWNER for one in (ours, theirs)})
    listed = ["".join(export_subscribers(rig.context, one, ann)) for one in ("ours", "theirs")]
    assert "bo@x.org" not in listed[0]
    assert all(word in listed[1] for word in ("bo@x.org", "Bo at theirs", "plan"))
    with rig.context.database.read() as session:
        assert [one.tag for one in session.scalars(select(SubscriptionTag))] == ["theirs"]
        values = {one.value for one in session.scalars(select(SubscriptionAttribute))}
        assert values == {"theirs"}
        names = {one.name for one in session.scalars(select(Subscription))}
        assert names == {"", "Bo at theirs"}


def test_a_copy_that_was_on_the_wire_when_the_backup_was_made_is_held(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    rig.send_to(*READERS)
    with rig.context.database.write() as session:
        line = session.merge(rig.line(READERS[0]))
        line.state = DeliveryState.HANDING_OVER
        batch = session.execute(
            text("UPDATE batches SET lease_owner = 'gone/1', lease_until = :now WHERE id = :id"),
            {"now": rig.context.now(), "id": line.batch_id},
        )
        assert batch is not None
    back_up(run, file)
    assert "1 copies were being sent. They are held." in restore(run, rig, file)
    held = rig.line(READERS[0])
    assert (held.state, held.due_at) == ("uncertain", None)
    run("issue", "resume", str(rig.issue_id))
    rig.deliver()
    assert sorted(rig.relay.recipients) == sorted(READERS[1:])


def test_a_mail_that_waited_when_the_backup_was_made_is_not_sent_again(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    rig.send_to(*READERS)
    send_test(rig.context, rig.issue_id, Principal.administrator(an_editor(rig.context).id, "ada"))
    back_up(run, file)
    restore(run, rig, file)
    assert tick(rig.context).outbox == []
    with rig.context.database.read() as session:
        (mail,) = session.scalars(select(OutboxMessage))
        assert mail.state == "cancelled"
        assert "may have been sent since" in mail.detail


def test_a_service_that_starts_on_a_restored_backup_asks_no_second_time(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    rig.send_to(*READERS)
    ticker = _Ticker(rig.context, Wakeups(open_broker(rig.context.settings)))
    for _ in range(3):
        ticker.beat()
    back_up(run, file)
    for _ in range(9):
        ticker.beat()
    restore(run, rig, file)
    run("issue", "resume", str(rig.issue_id))
    _Ticker(rig.context, Wakeups(open_broker(rig.context.settings))).beat()
    assert rig.issue().state == "sending"


def test_an_id_that_was_given_after_the_backup_is_not_given_again(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    """A link in a mail names it."""
    newsletter = a_newsletter(rig.context)
    a_subscriber(rig.context, newsletter)
    back_up(run, file)
    since = [a_subscriber(rig.context, newsletter) for _ in range(5)]
    restore(run, rig, file)
    later = a_subscriber(rig.context, newsletter)
    assert later.id > since[-1].id
    assert later.subscriber_id > since[-1].subscriber_id


def test_the_database_as_it_was_is_kept_and_can_be_restored_itself(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    newsletter = a_newsletter(rig.context)
    back_up(run, file)
    a_subscriber(rig.context, newsletter, address="later@example.org")
    said = restore(run, rig, file)
    assert count_of(rig, Subscription) == 0
    acts = [one.happened for one in list_audit(rig.context, ADA, AuditFilter(action="server"))]
    assert [one.action for one in acts] == [Action.SERVER_RESTORED, Action.SERVER_BACKED_UP]
    assert {one.who.partition(" (")[2] for one in acts} == {"command line)"}
    assert acts[0].sentence.startswith("Restored the backup of ")
    former = Path(said.partition("The database as it was: ")[2].splitlines()[0])
    if rig.context.database.is_sqlite:
        with closing(sqlite3.connect(former)) as database:
            assert database.execute("SELECT count(*) FROM subscriptions").fetchone() == (1,)
        return
    restore(run, rig, former)
    assert count_of(rig, Subscription) == 1


def test_a_backup_is_whole_while_an_issue_goes_out(
    run: Run, rig: DeliveryRig, file: Path, tmp_path: Path
) -> None:
    """Each line of the ledger is in it once, and each accepted copy left the relay."""
    rig.relay.slowness_s = 0.05
    rig.send_to(*(f"reader{number}@example.org" for number in range(40)))
    sending = threading.Thread(target=rig.deliver)
    sending.start()
    back_up(run, file)
    sending.join()
    assert about_backup(file).revision
    restore(run, rig, file)
    with rig.context.database.read() as session:
        edition = edition_of(session, rig.issue_id)
        assert edition is not None
        lines = session.scalars(select(Delivery).where(Delivery.edition_id == edition.id)).all()
        assert len(lines) == edition.active_at_freeze == 40
        if rig.context.database.is_sqlite:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_secrets_and_keys_come_along_and_links_sent_since_still_work(
    run: Run, rig: DeliveryRig, file: Path, tmp_path: Path
) -> None:
    var_dir = rig.context.settings.var_dir
    write_shared_file(var_dir, {"SECRET_KEYS": "a-key-of-the-backup", "ADDRESS_HASH_KEY": "b" * 20})
    keys = rig.context.settings.dkim_directory
    keys.mkdir()
    (keys / "2026a.pem").write_text("a key")
    back_up(run, file)
    assert file.stat().st_mode & 0o077 == 0
    write_shared_file(var_dir, {"SECRET_KEYS": "another-key-since", "ADDRESS_HASH_KEY": "c" * 20})
    (keys / "2026a.pem").unlink()
    restore(run, rig, file)
    shared = read_shared_file(var_dir)
    assert shared["SECRET_KEYS"] == "a-key-of-the-backup,another-key-since"
    assert shared["ADDRESS_HASH_KEY"] == "b" * 20
    assert (keys / "2026a.pem").read_text() == "a key"


def test_nothing_is_restored_while_the_service_runs(run: Run, rig: DeliveryRig, file: Path) -> None:
    rig.send_to(*READERS)
    back_up(run, file)
    with single_instance(rig.context.settings.var_dir):
        done = run("restore", str(file), "--yes")
    assert (done.returncode, "already running" in done.stderr) == (1, True)
    assert rig.issue().state == "sending"


def test_nothing_is_restored_while_a_ticker_of_its_own_beats(
    run: Run, rig: DeliveryRig, file: Path
) -> None:
    rig.send_to(*READERS)
    back_up(run, file)
    stop = threading.Event()
    real_time = replace(rig.context, now=lambda: datetime.now(UTC))

    def beat() -> None:
        while not stop.wait(0.5):
            tick(real_time)

    tick(real_time)
    ticking = threading.Thread(target=beat)
    ticking.start()
    done = run("restore", str(file), "--yes")
    stop.set()
    ticking.join()
    assert (done.returncode, "The service is running" in done.stderr) == (1, True), done.stderr
    assert rig.issue().state == "sending"


@pytest.mark.parametrize("damage", ["cut off", "another file", "not there"])
def test_a_file_that_is_no_whole_backup_changes_nothing(
    run: Run, rig: DeliveryRig, file: Path, damage: str
) -> None:
    rig.send_to(*READERS)
    back_up(run, file)
    whole = file.read_bytes()
    if damage == "cut off":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "another file":
        file.write_text("Dear backup")
    else:
        file.unlink()
    done = run("restore", str(file), "--yes")
    assert (done.returncode, "is not a complete backup" in done.stderr) == (1, True)
    assert rig.issue().state == "sending"


def test_a_backup_that_fails_leaves_the_one_before(run: Run, rig: DeliveryRig, file: Path) -> None:
    back_up(run, file)
    before = file.read_bytes()
    done = run("backup", str(file / "in-a-file"))
    assert (done.returncode, "can't be written" in done.stderr) == (1, True)
    assert file.read_bytes() == before


def test_a_damaged_database_is_replaced(run: Run, rig: DeliveryRig, file: Path) -> None:
    if not rig.context.database.is_sqlite:
        return
    rig.send_to(*READERS)
    back_up(run, file)
    rig.context.database.dispose()
    path = Path(str(rig.context.database.engine.url.database))
    rig.context.database.dispose()
    path.write_bytes(b"rubbish" * 1000)
    restore(run, rig, file)
    assert rig.issue().state == "paused"
    (former,) = path.parent.glob("newsletter.db.before-restore-*")
    assert former.read_bytes().startswith(b"rubbish")


def test_a_backup_names_what_is_in_it(run: Run, rig: DeliveryRig, file: Path) -> None:
    back_up(run, file)
    with ZipFile(file) as archive:
        names = archive.namelist()
    assert "backup.json" in names
    assert any(name == "newsletter.db" or name.startswith("tables/issues/") for name in names)


def count_of(rig: DeliveryRig, model: type) -> int:
    with rig.context.database.read() as session:
        return len(session.scalars(select(model)).all())

"""What stands still is told, with its reason: by /readyz, home, the report and the log."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import text

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.delivery.judge_attempt import record_relay_trouble
from newsletter.delivery.sweep import sweep, tick
from newsletter.domain.delivery.outcomes import RelayTrouble
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.domain.delivery.standstills import Part
from newsletter.mail.smtp.relay import relay_names
from newsletter.runtime.standstill_log import StandstillLog
from newsletter.runtime.valkey import EmbeddedValkey
from newsletter.store.operations import beat
from newsletter.usecases.context import Context
from newsletter.usecases.operations.standstills import standstills
from newsletter.usecases.sending.schedule_issue import send_now
from tests.conftest import Clock, not_permitted
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.delivery_rig import DeliveryRig
from tests.support.principals import by
from tests.support.recovery import assert_operator_sees, until_sent
from tests.support.services.silence import silent
from tests.web.public.conftest import Readers

only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
only_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])


@pytest.fixture
def make_client(settings: Settings, clock: Clock) -> Callable[..., Any]:
    def make(**changed: Any) -> Any:
        app = create_app(replace(settings, **changed), now=lambda: clock.now)
        app.testing = True
        return app.test_client()

    return make


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def on_valkey(context: Context, valkey: EmbeddedValkey) -> Context:
    tick(context)
    return replace(context, settings=replace(context.settings, redis_url=valkey.url))


def test_nothing_stands_still_where_everything_works(on_valkey: Context) -> None:
    assert standstills(on_valkey) == ()


@only_sqlite
def test_a_full_redis_is_told(on_valkey: Context, valkey: EmbeddedValkey) -> None:
    redis.Redis.from_url(valkey.url).config_set("maxmemory", "1")
    assert reason(on_valkey, Part.REDIS).startswith("Redis is full.")


@only_sqlite
def test_a_redis_that_is_gone_is_told(on_valkey: Context, valkey: EmbeddedValkey) -> None:
    valkey.stop()
    assert reason(on_valkey, Part.REDIS).startswith("Redis can't be reached.")


@only_sqlite
def test_a_silent_redis_is_told(on_valkey: Context, valkey: EmbeddedValkey) -> None:
    with silent(valkey.process.pid):
        assert reason(on_valkey, Part.REDIS).startswith("Redis does not answer")


@only_sqlite
def test_a_wrong_password_of_redis_is_told(on_valkey: Context, valkey: EmbeddedValkey) -> None:
    redis.Redis.from_url(valkey.url).config_set("requirepass", "secret")
    assert reason(on_valkey, Part.REDIS).startswith("Redis refuses our password.")


@only_sqlite
def test_a_redis_user_who_may_not_write_is_told(on_valkey: Context, valkey: EmbeddedValkey) -> None:
    admin = redis.Redis.from_url(valkey.url)
    admin.execute_command("ACL", "SETUSER", "reader", "on", ">pass", "~*", "+@read", "+@connection")
    url = valkey.url.replace("unix://", "unix://reader:pass@")
    context = replace(on_valkey, settings=replace(on_valkey.settings, redis_url=url))
    assert reason(context, Part.REDIS).startswith("Redis does not let this user write.")


@only_sqlite
def test_a_read_only_replica_of_redis_is_told(on_valkey: Context, valkey: EmbeddedValkey) -> None:
    redis.Redis.from_url(valkey.url).execute_command("REPLICAOF", "127.0.0.1", "1")
    assert reason(on_valkey, Part.REDIS).startswith("Redis is a read-only replica.")


@only_sqlite
def test_a_redis_url_that_makes_no_sense_is_told(on_valkey: Context) -> None:
    context = replace(on_valkey, settings=replace(on_valkey.settings, redis_url="redis://h:port"))
    assert reason(context, Part.REDIS).startswith("REDIS_URL can't be read.")


@only_postgresql
def test_a_read_only_postgresql_is_told_everywhere_and_sending_goes_on_after_it(
    rig: DeliveryRig, clock: Clock, make_client: Callable[..., Any]
) -> None:
    rig.send_to("one@example.org", "two@example.org")
    tick(rig.context)
    client = make_client()
    set_read_only(rig.context, on=True)

    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert list(ready.json["reasons"]) == ["database"]
    assert "read-only" in ready.json["reasons"]["database"]
    assert_operator_sees(rig, "Sending has stalled. The database is read-only")
    assert client.get("/n/field-notes").status_code in (200, 404)

    set_read_only(rig.context, on=False)
    assert standstills(rig.context) == ()
    until_sent(rig, clock)
    assert sorted(rig.relay.recipients) == ["one@example.org", "two@example.org"]


@only_postgresql
def test_what_changes_something_is_a_503_while_postgresql_is_read_only(
    context: Context, make_client: Callable[..., Any]
) -> None:
    newsletter, client = a_newsletter(context), make_client()
    set_read_only(context, on=True)
    form = Readers(client, context).open_form(f"/n/{newsletter.slug}")
    answer = client.post(f"/n/{newsletter.slug}", data={**form, "address": "new@example.org"})
    set_read_only(context, on=False)
    assert answer.status_code == 503


@only_sqlite
def test_a_read_only_file_of_sqlite_is_told(context: Context, settings: Settings) -> None:
    if os.geteuid() == 0:
        not_permitted("root may write to every file")
    Path(settings.database_url.removeprefix("sqlite:///")).chmod(0o400)
    assert "read-only" in reason(context, Part.DATABASE)


def test_a_worker_that_fell_silent_is_told(on_valkey: Context, clock: Clock) -> None:
    with on_valkey.database.write() as session:
        beat(session, "worker", clock.now)
    clock.advance(timedelta(seconds=61))
    tick(on_valkey)
    assert reason(on_valkey, Part.WORKER).startswith("No worker for 61 seconds.")


def test_a_relay_that_takes_no_mail_is_told_and_its_words_are_not_for_strangers(
    context: Context, clock: Clock, make_client: Callable[..., Any]
) -> None:
    tick(context)
    trouble = RelayTrouble(Stage.CONNECT, "535 5.7.8 wrong password for mailer@example.org")
    [name] = relay_names(context.settings)
    with context.database.write() as session:
        record_relay_trouble(session, context.settings, name, trouble, clock.now)

    ready = make_client().get("/readyz")

    assert ready.status_code == 200
    assert "relay" in ready.json["standstills"]
    assert "mailer" not in ready.text


def test_the_log_tells_a_standstill_once_and_its_end(
    context: Context, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "newsletter.events")
    tick(context)
    log = StandstillLog(context)
    clock.advance(timedelta(minutes=5))
    look(log)
    look(log)
    tick(context)
    look(log)
    said = [record.message for record in caplog.records if "standstill" in record.message]
    assert said == ["standstill", "standstill over"]


# --- A clock that went ahead and came back


def test_copies_put_off_by_a_clock_that_was_ahead_do_not_wait_for_days(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.relay.replies["later"] = "451 4.3.0 try again later"
    rig.send_to(*(f"later-{number}@example.org" for number in range(4)))
    clock.advance(timedelta(hours=40))
    rig.deliver()
    clock.advance(-timedelta(hours=40))
    rig.relay.replies.clear()

    until_sent(rig, clock, at_most=timedelta(minutes=2))

    assert len(rig.relay.recipients) == 4


def test_mail_put_off_by_a_clock_that_was_ahead_is_due_at_once(
    context: Context, clock: Clock, make_client: Callable[..., Any]
) -> None:
    newsletter, client = a_newsletter(context), make_client()
    clock.advance(timedelta(days=2))
    form = Readers(client, context).open_form(f"/n/{newsletter.slug}")
    client.post(f"/n/{newsletter.slug}", data={**form, "address": "new@example.org"})
    clock.advance(-timedelta(days=2))

    sweep(context)

    assert len(tick(context).outbox) == 1


def test_an_issue_sent_now_by_a_clock_that_was_ahead_goes_out_now(
    rig: DeliveryRig, clock: Clock
) -> None:
    newsletter = a_newsletter(rig.context, undo_minutes=1)
    a_subscriber(rig.context, newsletter)
    issue = an_issue(rig.context, newsletter)
    clock.advance(timedelta(days=2))
    send_now(rig.context, issue.id, by("editor"))
    clock.advance(-timedelta(days=2))

    assert tick(rig.context).issues == [issue.id]


def reason(context: Context, part: Part) -> str:
    [found] = standstills(context)
    assert found.part is part
    return found.reason


def look(log: StandstillLog) -> None:
    log._check_at_s = 0.0
    log.check()


def set_read_only(context: Context, *, on: bool) -> None:
    """As an administrator does, and as it is after a primary became a standby."""
    with context.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("SET default_transaction_read_only = off"))
        name = connection.scalar(text("SELECT current_database()"))
        how = "on" if on else "off"
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = {how}"))
    context.database.dispose()

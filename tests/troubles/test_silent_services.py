"""Redis or PostgreSQL falls silent: stopped, not closed. Nobody waits for it for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.runtime.ticker import run_ticker
from newsletter.runtime.valkey import EmbeddedValkey
from newsletter.store.database import Database
from newsletter.store.operations import last_beat
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.context import Context, open_context
from tests.conftest import find_postgres, lacking
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.services.postgres import PostgresServer
from tests.support.services.silence import silent
from tests.support.services.up import eventually
from tests.web.public.conftest import Readers

T = TypeVar("T")

PATIENCE_S = 20
"""Far more than the promise, far less than what anything waited for before."""


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def with_own_redis(settings: Settings, own_valkey: EmbeddedValkey) -> Settings:
    return replace(settings, redis_url=own_valkey.url, signup_limit_client="2 per hour")


def test_signing_up_works_and_its_limits_are_kept_in_memory_while_redis_is_silent(
    with_own_redis: Settings, own_valkey: EmbeddedValkey
) -> None:
    client = client_of(with_own_redis)
    newsletter = a_newsletter(open_context(with_own_redis))
    assert sign_up(client, newsletter.slug, "before@example.org") == 200

    with silent(own_valkey.process.pid):
        statuses = [
            in_time(lambda n=n: sign_up(client, newsletter.slug, f"meanwhile-{n}@example.org"))
            for n in range(3)
        ]

    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(("name", "value"), [("maxmemory", "1"), ("requirepass", "changed")])
def test_signing_up_works_and_its_limits_are_kept_in_memory_while_redis_refuses(
    with_own_redis: Settings, own_valkey: EmbeddedValkey, name: str, value: str
) -> None:
    client = client_of(with_own_redis)
    newsletter = a_newsletter(open_context(with_own_redis))
    redis.Redis.from_url(own_valkey.url).config_set(name, value)

    statuses = [sign_up(client, newsletter.slug, f"meanwhile-{n}@example.org") for n in range(3)]

    assert statuses == [200, 200, 429]


def test_one_click_needs_nothing_but_the_database(
    with_own_redis: Settings, own_valkey: EmbeddedValkey
) -> None:
    settings = replace(with_own_redis, farewell_mail=True)
    context, client = open_context(settings), client_of(settings)
    subscription = a_subscriber(context, a_newsletter(context))
    path = f"/unsubscribe/{context.signer.sign_unsubscribe(subscription.id)}"

    with silent(own_valkey.process.pid):
        answer = in_time(lambda: client.post(path, data={"List-Unsubscribe": "One-Click"}))

    assert answer.status_code == 200


def test_the_ticker_goes_on_while_redis_is_silent(
    with_own_redis: Settings, own_valkey: EmbeddedValkey
) -> None:
    context = open_context(with_own_redis)
    newsletter = a_newsletter(context)
    client = client_of(with_own_redis)
    wakeups = Wakeups(open_broker(with_own_redis))
    with silent(own_valkey.process.pid), ticking(context, wakeups):
        for number in range(30):
            sign_up(client, newsletter.slug, f"reader-{number}@example.org")
        wait_for_beats(context, 3)


def test_wake_ups_are_sent_again_once_redis_answers(
    with_own_redis: Settings, own_valkey: EmbeddedValkey
) -> None:
    broker = open_broker(with_own_redis)
    wakeups = Wakeups(broker)
    with silent(own_valkey.process.pid):
        in_time(lambda: wakeups.batches(range(1000)))

    def is_enqueued() -> bool:
        wakeups.batches([1])
        return broker.do_qsize("batches") > 0

    eventually(is_enqueued, "a wake-up gets through", PATIENCE_S)


# --- PostgreSQL


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        lacking("PostgreSQL")
        return
    server = PostgresServer(binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def on_own_server(tmp_path: Path, own_server: PostgresServer, redis_url: str) -> Settings:
    return Settings(
        var_dir=tmp_path,
        public_url="http://localhost:8000",
        database_url=own_server.new_database(),
        redis_url=redis_url,
        secret_keys=("a-secret-for-the-tests-alone",),
        address_hash_key="another-secret-for-the-tests",
    )


only_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@only_postgresql
def test_pages_and_one_click_answer_503_while_postgresql_is_silent(
    on_own_server: Settings, own_server: PostgresServer
) -> None:
    context, client = open_context(on_own_server), client_of(on_own_server)
    newsletter = a_newsletter(context)
    subscription = a_subscriber(context, newsletter)
    one_click = f"/unsubscribe/{context.signer.sign_unsubscribe(subscription.id)}"
    signup_page = f"/n/{newsletter.slug}"
    assert client.get(signup_page).status_code == 200

    with silent(own_server.process_id):
        answers = [
            in_time(lambda: client.get(signup_page)),
            in_time(lambda: client.post(one_click, data={"List-Unsubscribe": "One-Click"})),
            in_time(lambda: client.get("/readyz")),
        ]
    assert [answer.status_code for answer in answers] == [503, 503, 503]

    eventually(lambda: client.get(signup_page).status_code == 200, "it is back", PATIENCE_S)


@only_postgresql
def test_a_statement_may_take_as_long_as_it_needs_while_the_server_answers(
    on_own_server: Settings,
) -> None:
    database = Database(on_own_server.database_url)
    with database.read() as session:
        assert session.scalar(text("SELECT 'done' FROM pg_sleep(3.5)")) == "done"
    database.dispose()


@only_postgresql
def test_a_statement_under_way_ends_when_the_server_falls_silent(
    on_own_server: Settings, own_server: PostgresServer
) -> None:
    database = Database(on_own_server.database_url)

    def sleep_in_the_server() -> None:
        with (
            database.read() as session,
            pytest.raises(OperationalError, match=r"does not answer|timeout"),
        ):
            session.execute(text("SELECT pg_sleep(60)"))

    with silent(own_server.process_id):
        assert not in_time(lambda: can_connect(database))
    eventually(lambda: can_connect(database), "it is back", PATIENCE_S)
    statement = threading.Thread(target=sleep_in_the_server)
    statement.start()
    with silent(own_server.process_id):
        statement.join(PATIENCE_S)
        assert not statement.is_alive()
    database.dispose()


@only_postgresql
def test_the_ticker_goes_on_after_postgresql_was_silent(
    on_own_server: Settings, own_server: PostgresServer
) -> None:
    context = open_context(on_own_server)
    with ticking(context, Wakeups(open_broker(on_own_server))):
        wait_for_beats(context, 1)
        with silent(own_server.process_id):
            time.sleep(4)
        eventually(lambda: can_connect(context.database), "it is back", PATIENCE_S)
        wait_for_beats(context, 1)
    context.database.dispose()


def client_of(settings: Settings) -> Any:
    app = create_app(settings)
    app.testing = True
    return app.test_client()


def sign_up(client: Any, slug: str, address: str) -> int:
    form = Readers(client, None).open_form(f"/n/{slug}")
    return client.post(f"/n/{slug}", data={**form, "address": address}).status_code


@contextmanager
def ticking(context: Context, wakeups: Wakeups) -> Iterator[None]:
    stop = threading.Event()
    ticker = threading.Thread(target=run_ticker, args=(context, wakeups, stop), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        stop.set()
        in_time(ticker.join)


def last_tick(context: Context) -> datetime | None:
    with context.database.read() as session:
        return last_beat(session, "ticker")


def wait_for_beats(context: Context, count: int) -> None:
    for _ in range(count):
        before = last_tick(context)
        eventually(lambda before=before: last_tick(context) != before, "a beat", PATIENCE_S)


def can_connect(database: Database) -> bool:
    try:
        database.engine.connect().close()
    except OperationalError:
        return False
    return True


def in_time(call: Callable[[], T]) -> T:
    """Its result, which must not take for ever."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(call()), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "still waiting"
    return found[0]

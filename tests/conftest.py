"""The real thing for every test: SQLite with Valkey, and PostgreSQL with Redis."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from argon2 import PasswordHasher

from newsletter.config import Settings
from newsletter.runtime.sandbox.server import SandboxServer
from newsletter.runtime.valkey import EmbeddedValkey
from newsletter.store.database import Database
from newsletter.store.schema import migrate
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.staff import password_hashes
from tests.support.compiled_routes import routes_compiled_once, static_files_read_once
from tests.support.compiled_statements import statements_compiled_once
from tests.support.services.postgres import PostgresServer, find_postgres
from tests.support.transaction_guard import TransactionGuard

pytest_plugins = ["tests.support.delivery_rig", "tests.support.renderings"]

# The same examples at every run, so that a failure comes from a change and not from chance.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")


SLOW = (
    "benchmarks",
    "journeys",
    "_in_a_browser",
    "mail/test_judges",
    "troubles",
    "runtime",
    "cli/test_backup",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, in their random order: one of them at the end keeps a worker waiting."""
    items.sort(key=lambda item: not any(words in item.path.as_posix() for words in SLOW))


def pytest_itemcollected(item: pytest.Item) -> None:
    """A browser is opened once for each module: its tests go to one worker."""
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


# The collector took a tenth of the suite's time, most of it to look through what stays: modules
# and the thousands of tests themselves.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


HASHER_AS_SHIPPED = password_hashes._hasher


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """The same way of hashing for less: as shipped, one costs more than most tests do."""
    password_hashes._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with routes_compiled_once(), static_files_read_once(), statements_compiled_once():
        yield


@pytest.fixture(autouse=True)
def _process_as_before() -> Iterator[None]:
    """A command that runs in this process keeps its files private and its events to itself, which
    is not for later tests.
    """
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
    logging.getLogger("newsletter.events").setLevel(logging.NOTSET)


@pytest.fixture(scope="session", autouse=True)
def transaction_guard() -> Iterator[TransactionGuard]:
    with TransactionGuard().installed() as guard:
        yield guard


@pytest.fixture(autouse=True)
def _nothing_slow_in_a_transaction(transaction_guard: TransactionGuard) -> Iterator[None]:
    """Also where the exception itself was swallowed, or raised in another thread."""
    yield
    transaction_guard.require_nothing_slow()


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def advance(self, by: timedelta) -> None:
        self.now += by


def lacking(what: str) -> None:
    """Skips; where everything has to be there, fails."""
    if os.environ.get("NEWSLETTER_NO_SKIPS"):
        pytest.fail(f"{what} is lacking, and nothing may be skipped here")
    pytest.skip(f"{what} is lacking")


def not_permitted(why: str) -> None:
    """Skips everywhere: no package brings what a container or an ordinary user may not do."""
    pytest.skip(why)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def database_url(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A migrated database of the test's own."""
    if database_kind == "sqlite":
        path = tmp_path / "newsletter.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.spare_database()
    yield url
    server.give_back(url)


REDIS_DATABASES = itertools.cycle(range(16))


@pytest.fixture
def redis_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """Valkey beside SQLite, Redis beside PostgreSQL; empty at the start of each test.

    The next of its sixteen databases each time: a thread that a test left behind, such as the one
    that hands on clicks, writes into none that is in use.
    """
    name = "embedded_valkey" if database_kind == "sqlite" else "real_redis"
    server: str = request.getfixturevalue(name)
    _client_of(server).flushall()
    return f"{server}?db={next(REDIS_DATABASES)}"


@cache
def _client_of(server: str) -> redis.Redis:
    """To connect again for each test takes thirty times as long as to empty it."""
    return redis.Redis.from_url(server)


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str, sandbox: SandboxServer) -> Settings:
    return Settings(
        var_dir=tmp_path,
        public_url="http://localhost:8000",
        database_url=database_url,
        redis_url=redis_url,
        sandbox_smtp_url=f"smtp://127.0.0.1:{sandbox.port}",
        sandbox_key="the-key-of-this-start",
        secret_keys=("a-secret-for-the-tests-alone",),
        address_hash_key="another-secret-for-the-tests",
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    server = SandboxServer(tmp_path / "sandbox")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    context = open_context(settings, now=lambda: clock.now)
    yield context
    context.database.dispose()


@pytest.fixture
def app(settings: Settings) -> Any:
    from newsletter.app import create_app

    app = create_app(settings)
    app.testing = True
    return app


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


@pytest.fixture
def browser_page(browser: Any) -> Iterator[Any]:
    """In a context of its own: no cookie and no storage of another test."""
    page = browser.new_page()
    yield page
    for context in browser.contexts:
        context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """For a module and no longer: as long as it is open, an event loop runs in this thread."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        lacking("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    binaries = find_postgres()
    if binaries is None:
        lacking("PostgreSQL")
        return
    server = PostgresServer(binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedded_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def real_redis() -> Iterator[str]:
    """Debian's Redis over TCP, or a second Valkey without it."""
    program = shutil.which("redis-server")
    directory = tempfile.mkdtemp(prefix="nlredis-")
    if program is None:
        valkey = EmbeddedValkey(Path(directory))
        valkey.start()
        yield valkey.url
        valkey.stop()
        return
    port = free_port()
    command = [program, "--port", str(port), "--save", "", "--dir", directory]
    server = subprocess.Popen([*command, "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}"
    _wait_for(url)
    yield url
    server.terminate()
    server.wait()
    shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            redis.Redis.from_url(url).ping()
        except redis.RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return

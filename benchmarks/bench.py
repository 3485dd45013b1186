"""A bench for one measurement: its own database and queue, and the real processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from redis import Redis

import newsletter
from benchmarks.results import Lacking, tell
from newsletter.config import Settings
from newsletter.runtime.environment import environment_of
from newsletter.runtime.valkey import EmbeddedValkey
from newsletter.store.database import Database
from newsletter.store.schema import migrate
from newsletter.usecases.context import Context, open_context
from tests.support.services.postgres import PostgresServer, find_postgres
from tests.support.services.up import clean_environment, descendants_of

PRODUCT = Path(newsletter.__file__).resolve().parents[1]
DATABASES = ("sqlite", "postgresql")
STOP_PATIENCE_S = 60.0
ASKING = "dramatiq:__heartbeats__"
"""In Redis, where Dramatiq notes each process that asks for work."""


@dataclass
class Bench:
    """What lies in `home` is gone at the end; `settings` are what each process is given."""

    home: Path
    database_kind: str
    settings: Settings
    valkey: EmbeddedValkey
    postgres: PostgresServer | None = None
    processes: list[Process] = field(default_factory=list)

    @property
    def context(self) -> Context:
        """A new context. The caller disposes of its database."""
        return open_context(self.settings)

    def set(self, **values: Any) -> None:
        self.settings = replace(self.settings, **values)

    def start(self, name: str, command: list[str], **environment: str) -> Process:
        """A process with the settings of now; its log is `home`/NAME.log."""
        path = os.pathsep.join(filter(None, (str(PRODUCT), os.environ.get("PYTHONPATH"))))
        given = clean_environment() | environment_of(self.settings)
        process = Process(name, command, given | {"PYTHONPATH": path} | environment, self.home)
        process.start()
        self.processes.append(process)
        return process

    def start_workers(self, processes: int, threads: int) -> Process:
        """worker.py under Dramatiq, as it runs in production; returns when all ask for work."""
        worker = self.start("worker", worker_command(processes, threads))
        with Redis.from_url(self.settings.redis_url) as queue:
            wait_for(
                lambda: not worker.is_running or queue.zcard(ASKING) >= processes,
                "all workers ask for work",
            )
        return worker

    def start_ticker(self) -> Process:
        return self.start("ticker", [sys.executable, "-m", "newsletter.cli", "tick"])


def worker_command(processes: int, threads: int) -> list[str]:
    command = [sys.executable, "-m", "dramatiq", "worker"]
    return [*command, "--processes", str(processes), "--threads", str(threads)]


@dataclass
class Process:
    """A process of ours, in a group of its own."""

    name: str
    command: list[str]
    environment: dict[str, str]
    home: Path
    popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def pid(self) -> int:
        if self.popen is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.popen.pid

    @property
    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    @property
    def descendants(self) -> set[int]:
        return descendants_of(self.pid)

    def last_words(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-15:])

    def stop(self) -> None:
        if self.popen is None:
            return
        if self.is_running:
            self.popen.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_PATIENCE_S)
        self.kill()

    def kill(self) -> None:
        """Kill -9 of all of the group, and a wait for its end."""
        if self.popen is None:
            return
        while _kill_group(self.popen.pid):
            self.popen.poll()
            time.sleep(0.01)
        self.popen.wait()


@contextmanager
def a_bench(
    database_kind: str,
    *,
    keep: bool = False,
    kept_in: Path | None = None,
    listen: str = "",
    **settings: Any,
) -> Iterator[Bench]:
    """Migrated and empty. The database keeps what it has committed, as in production.

    With `keep`, the directory with the logs stays behind; with `kept_in`, the database is in that
    one, and may have been filled before; with `listen`, PostgreSQL can be reached at that address,
    too.
    """
    with ExitStack() as at_the_end:
        home = Path(tempfile.mkdtemp(prefix="nlbench-"))
        home.chmod(0o755)
        if keep:
            tell(f"Logs and lists stay in {home}")
        else:
            at_the_end.callback(shutil.rmtree, home, ignore_errors=True)
        postgres = None
        if database_kind == "postgresql":
            postgres = _start_postgres(at_the_end, listen, kept_in)
        url = _database_url(postgres, kept_in or home, is_kept=kept_in is not None)
        _migrate(url)
        valkey = EmbeddedValkey(home / "valkey")
        (home / "valkey").mkdir()
        valkey.start()
        at_the_end.callback(valkey.stop)
        bench = Bench(home, database_kind, _settings(home, url, valkey.url), valkey, postgres)
        bench.set(**settings)
        at_the_end.callback(_stop_all, bench)
        yield bench


def _database_url(postgres: PostgresServer | None, home: Path, *, is_kept: bool) -> str:
    if postgres is None:
        home.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{home.resolve() / 'newsletter.db'}"
    return postgres.kept_database("kept") if is_kept else postgres.new_database()


def _start_postgres(at_the_end: ExitStack, listen: str, kept_in: Path | None) -> PostgresServer:
    binaries = find_postgres()
    if binaries is None:
        raise Lacking("PostgreSQL is not installed: no initdb on PATH or in /usr/lib/postgresql")
    home = kept_in / "postgresql" if kept_in else None
    server = PostgresServer(binaries, is_durable=True, listen=listen, kept_in=home)
    at_the_end.callback(server.stop)
    server.start()
    return server


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.dispose()


def _settings(home: Path, database_url: str, redis_url: str) -> Settings:
    return Settings(
        var_dir=home / "var",
        public_url="http://localhost:8000",
        database_url=database_url,
        redis_url=redis_url,
        secret_keys=("a-secret-for-measurements-alone",),
        address_hash_key="another-secret-for-measurements",
    )


def _stop_all(bench: Bench) -> None:
    for process in reversed(bench.processes):
        process.stop()


def _kill_group(group: int) -> bool:
    """False if no process of the group is left."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(holds: Callable[[], bool], what: str, patience_s: float = 60.0) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"never happened within {patience_s:.0f} s: {what}")
        time.sleep(0.02)

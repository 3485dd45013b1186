"""Kill -9 the worker in mid-issue: no reader is lost, and only a copy on the wire comes twice."""

from __future__ import annotations

import email
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from newsletter.config import Settings
from newsletter.delivery.recover import recover_worker
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.mail.message_ids import delivery_message_id
from newsletter.runtime.sandbox.server import SandboxServer
from newsletter.runtime.ticker import run_ticker
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Delivery, Issue, Newsletter, Subscriber, Subscription
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import send_now
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR, by

ROOT = Path(__file__).resolve().parents[2]
READERS = 2_000
FEWER_READERS = 800
THREADS = 2
CONNECTIONS = 4
PATIENCE_S = 150

pytestmark = pytest.mark.timeout(400)


@dataclass
class Sink:
    """A relay's own list of received mail: it shows what was lost and what came twice."""

    server: SandboxServer
    directory: Path
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)

    def count(self) -> int:
        return sum(entry.name.endswith(".eml") for entry in os.scandir(self.directory))

    def received(self) -> list[tuple[str, str]]:
        """(recipient, Message-ID) of each message, in the order of arrival."""
        for path in sorted(self.directory.glob("*.eml")):
            if path.name not in self.seen:
                message = email.message_from_bytes(path.read_bytes())
                self.seen[path.name] = (message["Delivered-To"], message["Message-ID"])
        return [self.seen[name] for name in sorted(self.seen)]


@dataclass
class Worker:
    """A real worker: the Dramatiq command line on worker.py, in a process group of its own."""

    settings: Settings
    base_name: str
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return f"{self.base_name}-{self.starts}"

    def start(self) -> None:
        self.starts += 1
        command = [sys.executable, "-m", "dramatiq", "worker", "--path", str(ROOT)]
        command += ["--processes", "1", "--threads", str(THREADS)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | environment_of(self.settings) | {"WORKER_NAME": self.name},
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Kill -9, all of its processes at once, and wait until they are gone."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        eventually(lambda: not group_is_alive(self.process.pid), "the worker's processes are gone")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=60)


def test_no_reader_is_lost_when_the_supervisor_sees_the_worker_die(
    sent_to_many: Callable[..., tuple[Context, int]],
    a_worker: Callable[[Context, str], Worker],
    sink: Sink,
) -> None:
    context, issue_id = sent_to_many()
    worker = a_worker(context, "worker")
    with ticking(context):
        worker.start()
        for least, most in ((500, 1_500), (600, 1_900)):
            eventually(lambda least=least: sink.count() >= least, f"{least} messages arrived")
            worker.kill()
            assert sink.count() <= most, "the kill came too late to be one"
            recover_worker(context, worker.name)
            worker.start()
        wait_until_sent(context, issue_id)
    assert_promise_kept(context, issue_id, sink, kills=2)


def test_no_reader_is_lost_when_only_the_sweeper_notices(
    sent_to_many: Callable[..., tuple[Context, int]],
    a_worker: Callable[[Context, str], Worker],
    sink: Sink,
) -> None:
    context, issue_id = sent_to_many(FEWER_READERS, lease_duration=2, sweep_interval=1)
    first, second = a_worker(context, "first"), a_worker(context, "second")
    with ticking(context):
        first.start()
        eventually(lambda: sink.count() >= 200, "200 messages arrived")
        first.kill()
        second.start()
        wait_until_sent(context, issue_id)
    assert_promise_kept(context, issue_id, sink, kills=1, readers=FEWER_READERS)


def assert_promise_kept(
    context: Context, issue_id: int, sink: Sink, *, kills: int, readers: int = READERS
) -> None:
    received = sink.received()
    copies = Counter(recipient for recipient, _ in received)
    expected = {f"reader{n}@example.org" for n in range(readers)}
    assert set(copies) == expected, f"lost: {len(expected - set(copies))}"

    extra = sum(copies.values()) - readers
    assert extra <= kills * CONNECTIONS, f"{extra} copies too many"
    ids_of = {
        recipient: {i for r, i in received if r == recipient}
        for recipient in (recipient for recipient, count in copies.items() if count > 1)
    }
    assert all(len(ids) == 1 for ids in ids_of.values()), "a copy came with another Message-ID"

    assert_ledger_agrees(context, issue_id, received)
    report = report_issue(context, issue_id, EDITOR)
    assert (report.accepted, report.active_at_freeze, report.adds_up) == (readers, readers, True)


def assert_ledger_agrees(context: Context, issue_id: int, received: list[tuple[str, str]]) -> None:
    with context.database.read() as session:
        edition = edition_of(session, issue_id)
        assert edition is not None
        lines = session.execute(
            select(Subscriber.address, Delivery)
            .join(Delivery, Delivery.subscriber_id == Subscriber.id)
            .where(Delivery.edition_id == edition.id)
        ).all()
    assert {line.Delivery.state for line in lines} == {DeliveryState.ACCEPTED}
    told = {
        (
            line.address,
            delivery_message_id(
                edition.id, line.Delivery.subscriber_id, edition.frozen_at, "example.org"
            ),
        )
        for line in lines
    }
    assert told == set(received)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    directory = tmp_path / "sink"
    server = SandboxServer(directory)
    server.start()
    yield Sink(server, directory)
    server.stop()


@pytest.fixture
def a_worker() -> Iterator[Callable[[Context, str], Worker]]:
    """Not started yet; whatever the test leaves running is stopped."""
    workers: list[Worker] = []

    def build(context: Context, name: str) -> Worker:
        workers.append(Worker(context.settings, name))
        return workers[-1]

    yield build
    for worker in workers:
        worker.stop()


@pytest.fixture
def sent_to_many(context: Context, sink: Sink) -> Callable[..., tuple[Context, int]]:
    """An issue that is on its way to many readers, with no worker at work yet."""

    def build(readers: int = READERS, **durations: int) -> tuple[Context, int]:
        settings = replace(
            context.settings,
            smtp_url=f"smtp://127.0.0.1:{sink.server.port}?connections={CONNECTIONS}",
            batch_size=100,
            **{name: timedelta(seconds=seconds) for name, seconds in durations.items()},
        )
        real_time = open_context(settings)
        newsletter = a_newsletter(real_time, sender_address="editor@example.org")
        add_readers(real_time, newsletter, readers)
        issue = an_issue(real_time, newsletter)
        send_now(real_time, issue.id, by("editor"))
        return real_time, issue.id

    return build


def add_readers(context: Context, newsletter: Newsletter, readers: int) -> None:
    now = context.now()
    with context.database.write() as session:
        rows = [
            {
                "address": f"reader{n}@example.org",
                "address_key": f"reader{n}@example.org",
                "name": f"Reader {n}",
                "attributes": {},
                "created_at": now,
            }
            for n in range(readers)
        ]
        ids = session.scalars(insert(Subscriber).returning(Subscriber.id), rows).all()
        session.execute(
            insert(Subscription),
            [
                {
                    "newsletter_id": newsletter.id,
                    "subscriber_id": subscriber_id,
                    "state": SubscriptionState.ACTIVE,
                    "state_at": now,
                    "created_at": now,
                }
                for subscriber_id in ids
            ],
        )


@contextmanager
def ticking(context: Context) -> Iterator[None]:
    """The ticker, beside the test, with the same settings as the worker."""
    stop = threading.Event()
    wakeups = Wakeups(open_broker(context.settings))
    thread = threading.Thread(target=run_ticker, args=(context, wakeups, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_until_sent(context: Context, issue_id: int) -> None:
    def is_sent() -> bool:
        with context.database.read() as session:
            return session.get_one(Issue, issue_id).state == "sent"

    eventually(is_sent, "the issue finished by itself")


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.1)


def group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SMTP_URL": settings.smtp_url,
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "ADDRESS_HASH_KEY": settings.address_hash_key,
        "LEASE_DURATION": str(settings.lease_duration.total_seconds()),
    }

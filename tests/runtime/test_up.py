"""`newsletter up`: all processes on one machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from newsletter.config import Settings
from newsletter.runtime.demo.browser import Browser
from newsletter.runtime.demo.inbox import Inbox
from tests.conftest import free_port
from tests.support.services.commands import run_command
from tests.support.services.up import (
    RunningUp,
    command_of,
    eventually,
    running_with,
)

pytestmark = pytest.mark.xdist_group("up")

WEB, WORKER = "-m wsgi", "-m worker"


@pytest.fixture
def new_up(tmp_path: Path) -> Iterator[Callable[..., RunningUp]]:
    """In a directory with a space in its name; whatever is left is ended."""
    made: list[RunningUp] = []

    def make(port: int = 0, name: str = "a space", **environment: str) -> RunningUp:
        up = RunningUp(tmp_path / name / "var", port or free_port(), environment)
        made.append(up)
        return up

    yield make
    for up in made:
        up.end()


@pytest.fixture(scope="module")
def shared_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    up = RunningUp(tmp_path_factory.mktemp("up") / "with a space" / "var", free_port())
    up.start()
    yield up
    up.end()


@pytest.mark.parametrize("path", ["/", "/editor/", "/healthz"])
def test_signup_page_and_editor_answer_on_one_port(shared_up: RunningUp, path: str) -> None:
    assert shared_up.get(path) == 200


def test_the_sandbox_opens_with_the_key_of_this_start_alone(shared_up: RunningUp) -> None:
    link = urlsplit(re.search(r"https?://\S+/sandbox/\S+", shared_up.start_page)[0])
    browser = build_opener(HTTPCookieProcessor())
    assert shared_up.get("/sandbox/") == 404
    assert shared_up.get("/sandbox/?key=guessed") == 404
    assert browser.open(link.geturl(), timeout=30).status == 200
    assert browser.open(f"http://localhost:{shared_up.port}/sandbox/", timeout=30).status == 200
    assert shared_up.running["SANDBOX_KEY"] in link.query


def test_the_start_page_has_the_addresses_of_everything(shared_up: RunningUp) -> None:
    page = shared_up.start_page
    for path in ("/", "/editor/", "/sandbox/"):
        assert f"http://localhost:{shared_up.port}{path}\n" in page or f"{path}?key=" in page
    assert shared_up.sign_in_url.startswith(f"http://localhost:{shared_up.port}/editor/")
    assert str(shared_up.var_dir) in page


def test_readers_can_sign_up_and_get_mail_right_after_the_first_start(shared_up: RunningUp) -> None:
    url = f"http://localhost:{shared_up.port}"
    reader = Browser(url)
    page = reader.submit(reader.get(f"{url}/"), "Sign up", address="ada@example.org")
    page.must_say("Check your inbox")
    inbox = Inbox(Settings(var_dir=shared_up.var_dir).sandbox_dir)
    eventually(lambda: "ada@example.org" in {m.recipient for m in inbox.mails()}, "a confirmation")


def test_it_becomes_ready_by_itself(shared_up: RunningUp) -> None:
    eventually(lambda: shared_up.get("/readyz") == 200, "web, queue, ticker are there")


def test_secrets_are_for_their_owner_alone(shared_up: RunningUp) -> None:
    mode = (shared_up.var_dir / "shared.env").stat().st_mode
    assert mode & 0o077 == 0


def test_a_header_from_this_machine_moves_it_to_no_other_path(shared_up: RunningUp) -> None:
    """Gunicorn takes it from any peer on loopback, which a proxy with a stranger's headers is."""
    with socket.create_connection(("127.0.0.1", shared_up.port), timeout=30) as client:
        host = f"Host: localhost:{shared_up.port}\r\nConnection: close"
        client.sendall(f"GET /x/editor/ HTTP/1.1\r\n{host}\r\nSCRIPT_NAME: /x\r\n\r\n".encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 404 ")


def test_everything_it_writes_is_for_its_owner_alone(shared_up: RunningUp) -> None:
    written = [shared_up.var_dir, *shared_up.var_dir.rglob("*")]
    assert {"newsletter.db", "web.log", "valkey"} <= {path.name for path in written}
    assert not [path for path in written if path.stat().st_mode & 0o077]


def test_it_listens_on_loopback_only(shared_up: RunningUp) -> None:
    with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
        socket.create_connection((_own_address(), shared_up.port), timeout=2)


@pytest.mark.parametrize("words", [WEB, WORKER, "sandbox.process", "valkey-server"])
def test_a_child_that_is_killed_is_started_again(shared_up: RunningUp, words: str) -> None:
    before = shared_up.child(words)

    os.kill(before, signal.SIGKILL)

    eventually(lambda: _child_or_none(shared_up, words) not in (None, before), "a new one")
    eventually(lambda: not command_of(before), "the old one is gone")
    eventually(lambda: shared_up.get("/readyz") == 200, "everything works again")


def test_the_queue_starts_again_after_its_folders_were_deleted(
    new_up: Callable[..., RunningUp],
) -> None:
    up = new_up().start()
    eventually(lambda: up.get("/readyz") == 200, "everything is there")
    before = up.child("valkey-server")
    shutil.rmtree(up.var_dir / "valkey")
    shutil.rmtree(Path(up.running["REDIS_URL"].removeprefix("unix://")).parent)

    os.kill(before, signal.SIGKILL)

    eventually(lambda: _child_or_none(up, "valkey-server") not in (None, before), "a new one")
    eventually(lambda: up.get("/readyz") == 200, "everything works again")


def test_a_queue_whose_socket_was_deleted_is_started_again(
    new_up: Callable[..., RunningUp],
) -> None:
    up = new_up().start()
    eventually(lambda: up.get("/readyz") == 200, "everything is there")
    before = up.child("valkey-server")

    shutil.rmtree(Path(up.running["REDIS_URL"].removeprefix("unix://")).parent)

    eventually(lambda: _child_or_none(up, "valkey-server") not in (None, before), "a new one")
    eventually(lambda: up.get("/readyz") == 200, "everything works again")


def test_the_ticker_beats_again_after_its_worker_was_killed(shared_up: RunningUp) -> None:
    os.kill(shared_up.child(WORKER), signal.SIGKILL)
    killed_at = datetime.now(UTC)

    eventually(lambda: _last_beat(shared_up.var_dir) > killed_at, "a beat of a new ticker")


def test_a_worker_process_that_is_killed_leaves_the_others_alone(
    new_up: Callable[..., RunningUp],
) -> None:
    """Each has a name of its own for its leases, so that nobody else sends under them."""
    up = new_up(WORKER_PROCESSES="2").start()
    names = (up.var_dir / "worker.name").read_text().split()
    killed, other = up.children(WORKER)

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: len({other, killed} ^ {*up.children(WORKER)}) == 2, "a new one for it")
    assert other in up.children(WORKER)
    new_names = (up.var_dir / "worker.name").read_text().split()
    assert len({*names, *new_names}) == 3
    assert len({*names} & {*new_names}) == 1


def test_no_request_is_refused_while_the_web_process_is_started_again(
    shared_up: RunningUp,
) -> None:
    before = shared_up.child(WEB)

    os.kill(before, signal.SIGKILL)

    eventually(lambda: not command_of(before), "it is gone")
    assert shared_up.get("/healthz") == 200


@pytest.mark.parametrize("path", ["/editor/editors/", "/editor/sign-in", "/n/my-newsletter"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_32_megabytes_of_a_stranger_take_no_memory(
    shared_up: RunningUp, path: str, kind: str
) -> None:
    web = shared_up.child(WEB)
    assert post(shared_up, path, kind, 300_000) == 413
    before_kb = peak_memory_kb(web)
    assert post(shared_up, path, kind, 32_000_000) == 413
    assert peak_memory_kb(web) - before_kb < 4_000


def test_each_worker_has_a_name_of_its_own(shared_up: RunningUp) -> None:
    name = (shared_up.var_dir / "worker.name").read_text()
    before = shared_up.child(WORKER)

    os.kill(before, signal.SIGKILL)

    eventually(
        lambda: (shared_up.var_dir / "worker.name").read_text() not in ("", name), "a new name"
    )
    eventually(lambda: _child_or_none(shared_up, WORKER) not in (None, before), "a new one")


def test_a_second_one_on_the_same_state_is_refused(
    shared_up: RunningUp, new_up: Callable[..., RunningUp]
) -> None:
    second = new_up()
    second.var_dir = shared_up.var_dir
    assert second.start().wait() == 1
    assert "already running" in second.log
    assert "VAR_DIR" in second.log
    assert shared_up.get("/healthz") == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_leaves_no_process_behind(
    new_up: Callable[..., RunningUp], number: int
) -> None:
    up = new_up().start()
    socket_dir = Path(up.running["REDIS_URL"].removeprefix("unix://")).parent
    assert socket_dir.is_dir()

    assert up.end(number) == 0

    assert up.living() == []
    assert up.running == {}
    assert not socket_dir.exists()


def test_if_it_is_killed_its_children_end_and_the_next_one_starts(
    new_up: Callable[..., RunningUp],
) -> None:
    up = new_up().start()

    up.end(signal.SIGKILL)
    again = new_up()
    again.start()

    assert again.get("/healthz") == 200
    assert up.living() == []


def test_a_taken_port_is_reported_before_anything_is_started(
    new_up: Callable[..., RunningUp],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = new_up(port)
        assert up.start().wait() == 1
    assert f"port {port}" in up.log
    assert f"PORT={port + 1} make run" in up.log
    assert not (up.var_dir / "log").exists()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"BATCH_SIZE": "many"}, "BATCH_SIZE"),
        ({"HOST": "0.0.0.0"}, "SMTP_URL"),  # noqa: S104
        (
            {
                "HOST": "198.51.100.7",
                "SMTP_URL": "smtp://127.0.0.1:2525",
                "TRUSTED_PROXIES": "1",
                "PUBLIC_URL": "https://news.example.org",
            },
            "HOST",
        ),
        ({"HOST": "0.0.0.0", "SMTP_URL": "smtp://127.0.0.1:2525"}, "TRUSTED_PROXIES"),  # noqa: S104
        ({"SMTP_URL": "http://relay.example"}, "SMTP_URL"),
        ({"DKIM_KEY_FILE": "/nowhere/key.pem"}, "DKIM_KEY_FILE"),
        ({"DATABASE_URL": "mysql://localhost/news"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/news"}, "can't be reached"),
        ({"SECRET_KEYS": "short"}, "SECRET_KEYS"),
    ],
)
def test_a_bad_setting_is_reported_without_a_traceback(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    done = run_command(["up"], tmp_path, {"PORT": str(free_port()), **environment})
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not running_with(str(tmp_path / "var"))


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newsletter.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('from-the-future')")
    settings = {"VAR_DIR": str(tmp_path), "PORT": str(free_port())}
    done = run_command(["up"], tmp_path, settings)
    assert done.returncode == 1
    assert "from-the-future" in done.stderr
    assert "newer version" in done.stderr


def _child_or_none(up: RunningUp, words: str) -> int | None:
    try:
        return up.child(words)
    except AssertionError:
        return None


def _last_beat(var_dir: Path) -> datetime:
    with closing(sqlite3.connect(var_dir / "newsletter.db")) as database:
        (at,) = database.execute("SELECT at FROM heartbeats WHERE name = 'ticker'").fetchone()
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def _own_address() -> str:
    """An address of this machine that is not loopback. 192.0.2.1 is never assigned."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "192.0.2.1"
        return probe.getsockname()[0]


def post(up: RunningUp, path: str, kind: str, size_bytes: int) -> int:
    with closing(HTTPConnection("localhost", up.port, timeout=60)) as connection:
        headers = {"Content-Type": f"{kind}; boundary=b", "Content-Length": str(size_bytes)}
        connection.request("POST", path, b"a&" * (size_bytes // 2), headers)
        return connection.getresponse().status


def peak_memory_kb(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])

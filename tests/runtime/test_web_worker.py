"""The web server goes on answering, whatever its clients do. With `newsletter up` and gunicorn."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newsletter.runtime.arrivals import LARGEST_REQUEST_BYTES
from newsletter.runtime.web_worker import MOST_CONNECTIONS
from tests.support.services.tiny_site import (
    EXPORT_LINES,
    LARGE_PAGE_BYTES,
    PATIENCE_S,
    THIS_FILE,
    Client,
)
from tests.support.services.up import clean_environment

SITE = "tests.support.services.tiny_site"
HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
UNHURRIED = {
    "say nothing": b"",
    "are slow with the head": b"GET / HT",
    "are slow with the body": HEAD + b"Content-Length: 1000\r\n\r\na=",
    "are slow with a chunk": CHUNKED + b"5\r\nhel",
    "end a body only in looks": CHUNKED + b"100\r\n0\r\n\r\n",
    "wait to be asked": HEAD + b"Content-Length: 9\r\nExpect: nothing\r\n\r\n",
}


@contextmanager
def serving(*command: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`{}` in the command is the number of the listening socket."""
    with socket.create_server(("127.0.0.1", 0), backlog=2 * MOST_CONNECTIONS) as listener:
        number = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", *(word.format(number) for word in command)],
            env=clean_environment(),
            pass_fds=(number,),
        )
        try:
            yield listener.getsockname()[1], process
        finally:
            process.kill()
            process.wait()


COMMANDS = {
    "up": (SITE, "{}"),
    "gunicorn": (
        *("gunicorn", "--worker-class", "newsletter.runtime.web_worker.WebWorker"),
        *("--threads", "8", "--bind", "fd://{}", "--no-control-socket", f"{SITE}:site"),
    ),
}


@pytest.fixture(scope="module", params=[*COMMANDS])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with serving(*COMMANDS[request.param]) as (port, _):
        yield port


@pytest.fixture
def clients(port: int) -> Iterator[list[Client]]:
    made: list[Client] = []
    yield made
    for client in made:
        client.close()


def ask(port: int, path: str = "/") -> tuple[int, bytes]:
    client = Client(port)
    try:
        return client.ask(path)
    finally:
        client.close()


@pytest.mark.parametrize("how", UNHURRIED)
def test_fifty_clients_keep_no_one_waiting_who(port: int, clients: list[Client], how: str) -> None:
    clients += [Client(port, UNHURRIED[how]) for _ in range(50)]
    for _ in range(3):
        for client in clients:
            client.say(UNHURRIED[how] and b"1")
        assert ask(port) == (200, b"hello")
    assert all(client.is_open for client in clients)


def test_fifty_clients_who_do_not_read_their_answers_keep_no_one_waiting(
    port: int, clients: list[Client]
) -> None:
    clients += [Client(port, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(50)]
    assert ask(port) == (200, b"hello")
    for client in clients:
        assert client.answer() == (200, b"x" * LARGE_PAGE_BYTES)


def test_fifty_clients_who_do_not_hang_up_keep_no_one_waiting(
    port: int, clients: list[Client]
) -> None:
    once = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    clients += [Client(port, once) for _ in range(50)]
    assert all(client.answer() == (200, b"hello") for client in clients)
    assert ask(port) == (200, b"hello")


def test_fifty_clients_with_large_bodies_that_do_not_come_keep_no_one_waiting(
    port: int, clients: list[Client]
) -> None:
    head = b"POST /refuse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 32000000\r\n\r\n"
    clients += [Client(port, head) for _ in range(50)]
    assert all(client.answer() == (413, b"too large") for client in clients)
    assert ask(port) == (200, b"hello")


def test_when_all_places_are_taken_the_one_who_waits_longest_gives_up_theirs(
    port: int, clients: list[Client]
) -> None:
    clients += [Client(port, b"GET / HT") for _ in range(MOST_CONNECTIONS)]
    assert ask(port) == (200, b"hello")
    assert clients[0].answer() == (0, b"")
    assert clients[-1].is_open


def test_a_connection_is_used_again(port: int, clients: list[Client]) -> None:
    clients.append(Client(port))
    for body in (None, b"a=b", b"", b"c" * 100_000):
        assert clients[0].ask("/echo", body) == (200, body or b"")


def test_requests_that_come_together_are_answered_in_turn(port: int, clients: list[Client]) -> None:
    post = HEAD + b"Content-Length: 3\r\n\r\n"
    clients.append(Client(port, post + b"one" + post + b"two" + post + b"th"))
    assert [clients[0].answer() for _ in range(2)] == [(200, b"one"), (200, b"two")]
    clients[0].say(b"r")
    assert clients[0].answer() == (200, b"thr")


def test_a_body_in_chunks_is_put_together(port: int, clients: list[Client]) -> None:
    clients.append(Client(port))
    for byte in CHUNKED + b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n":
        clients[0].say(bytes([byte]))
    assert clients[0].answer() == (200, b"hello world")
    assert clients[0].ask("/") == (200, b"hello")


def test_who_asks_before_sending_is_told_to_continue(port: int, clients: list[Client]) -> None:
    clients.append(Client(port, HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"))
    assert clients[0].answer() == (100, b"")
    clients[0].say(b"ok")
    answers = [clients[0].answer() for _ in range(2)]
    assert (200, b"ok") in answers


def test_a_file_is_sent_whole(port: int, clients: list[Client]) -> None:
    clients.append(Client(port))
    for _ in range(2):
        assert clients[0].ask("/file") == (200, THIS_FILE.read_bytes())


def test_a_large_body_is_read_by_the_page_that_wants_it(port: int, clients: list[Client]) -> None:
    body = b"d" * (LARGEST_REQUEST_BYTES * 4)
    clients.append(Client(port, HEAD + b"Content-Length: %d\r\n\r\n" % len(body)))
    clients[0].say(body)
    assert clients[0].answer() == (200, body)


def test_a_large_answer_waits_for_its_client(port: int, clients: list[Client]) -> None:
    clients.append(Client(port, b"GET /export HTTP/1.0\r\nHost: localhost\r\n\r\n"))
    assert clients[0].rest().count(b"a line of an export\n") == EXPORT_LINES


def test_the_answer_to_a_body_that_is_not_read_arrives(port: int, clients: list[Client]) -> None:
    """Without a reset that would take it away from a client that is still sending."""
    clients.append(Client(port))
    assert clients[0].ask("/refuse", b"e" * 8_000_000) == (413, b"too large")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 11_000, 431),
        (CHUNKED + b"fffff\r\n", 411),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 300\r\n\r\na", 400),
        (HEAD + b"Content-Length : 9\r\n\r\n", 400),
        (CHUNKED + b"none\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_odd_requests_are_refused_at_once(
    port: int, clients: list[Client], request_bytes: bytes, status: int
) -> None:
    clients.append(Client(port, request_bytes))
    assert clients[0].answer()[0] == status


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_stops_answers_what_it_has_and_leaves_the_slow(command: str) -> None:
    with serving(*COMMANDS[command]) as (port, process):
        assert ask(port) == (200, b"hello")
        slow = [Client(port, text) for text in UNHURRIED.values()]
        busy = Client(port, b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ask(port) == (200, b"hello")
        process.send_signal(signal.SIGTERM)
        assert busy.answer() == (200, b"hello")
        assert process.wait(PATIENCE_S) == 0
        for client in (*slow, busy):
            client.close()

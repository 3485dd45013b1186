"""The client against servers of others: aiosmtpd as our sandbox, and Postfix's smtp-sink."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Rejected,
    RelayTrouble,
    Throttled,
    Uncertain,
    Withheld,
)
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts
from newsletter.runtime.sandbox.inbox import list_messages, read_message, read_source
from newsletter.runtime.sandbox.server import SandboxServer
from tests.conftest import lacking
from tests.support.smtp.scripts import SmtpClient

ENVELOPE = Envelope("news@b.example", "ann@r.example")
MESSAGE = b"Subject: Hi\r\n\r\n.Text\r\n..\r\n.\r\nend\r\n"


def a_client(port: int, timeouts: Timeouts | None = None) -> SmtpClient:
    return SmtpClient(Relay("127.0.0.1", port, starttls_required=False), timeouts or Timeouts())


# --- The sandbox ---------------------------------------------------------------------------------


def test_a_message_arrives_byte_for_byte_with_its_envelope(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        client = a_client(server.port)
        outcome = client.send(ENVELOPE, MESSAGE)
        client.close()
    assert isinstance(outcome, Accepted)
    source = read_source(tmp_path, outcome.queue_id)
    trace = b"Return-Path: <news@b.example>\r\nDelivered-To: ann@r.example\r\n"
    assert source == trace + MESSAGE


def test_letters_beyond_ascii_arrive(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        client = a_client(server.port)
        outcome = client.send(Envelope("news@b.example", "jörg@bücher.example"), MESSAGE)
        client.close()
    assert isinstance(outcome, Accepted)
    summary = read_message(tmp_path, outcome.queue_id).summary
    assert summary.recipients == ("jörg@xn--bcher-kva.example",)


def test_refused_withheld_and_taken_mix_on_one_client(tmp_path: Path) -> None:
    def answer(recipient: str) -> str:
        return {"no": "550 5.1.1 No such user", "later": "450 4.2.1 Busy"}.get(
            recipient.partition("@")[0], ""
        )

    with SandboxServer(tmp_path, answer_to=answer) as server:
        client = a_client(server.port)
        outcomes = [
            client.send(
                Envelope("news@b.example", f"{name}@r.example"),
                MESSAGE,
                lambda finish=finish: finish,
            )
            for name, finish in [
                ("ann", True),
                ("no", True),
                ("later", True),
                ("bob", False),
                ("cem", True),
            ]
        ]
        client.close()
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Accepted, Rejected, Deferred, Withheld, Accepted]
    arrived = [message.recipients[0] for message in list_messages(tmp_path)]
    assert arrived == ["cem@r.example", "ann@r.example"]


def test_a_message_of_megabytes_goes_through(tmp_path: Path) -> None:
    message = b"Subject: Big\r\n\r\n" + b"x" * 76 + b"\r\n" + (b"." * 70 + b"\r\n") * 60_000
    with SandboxServer(tmp_path) as server:
        client = a_client(server.port)
        outcome = client.send(ENVELOPE, message)
        client.close()
    assert isinstance(outcome, Accepted)
    assert read_source(tmp_path, outcome.queue_id).endswith(message)


def test_clients_in_many_threads_share_one_server(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        threads = [threading.Thread(target=_send_ten, args=(server.port, n)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    arrived = {message.recipients[0] for message in list_messages(tmp_path, limit=1000)}
    assert arrived == {f"reader{n}.{i}@r.example" for n in range(5) for i in range(10)}


def _send_ten(port: int, number: int) -> None:
    client = a_client(port)
    for i in range(10):
        client.send(Envelope("news@b.example", f"reader{number}.{i}@r.example"), MESSAGE)
    client.close()


def test_a_relay_that_goes_away_and_comes_back_is_found_again(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as first:
        client = a_client(first.port)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
    assert isinstance(client.send(ENVELOPE, MESSAGE), RelayTrouble)
    with SandboxServer(tmp_path, port=first.port):
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()


# --- Postfix's smtp-sink -------------------------------------------------------------------------

Sink = Callable[..., int]


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Starts a sink with the given options and says its port."""
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if program is None:
        lacking("Postfix's smtp-sink")
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> int:
        port = _free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to be root
        command = [program, *user, *options, f"127.0.0.1:{port}", "100"]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        _wait_for(port)
        return port

    yield start
    for process in started:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "smtp-sink does not listen"
            time.sleep(0.02)
        else:
            return


def test_the_sink_takes_one_message_after_the_other(sink: Sink) -> None:
    client = a_client(sink())
    assert all(isinstance(client.send(ENVELOPE, MESSAGE), Accepted) for _ in range(20))
    client.close()


def test_a_sink_without_pipelining_takes_them_too(sink: Sink) -> None:
    client = a_client(sink("-p"))
    assert all(isinstance(client.send(ENVELOPE, MESSAGE), Accepted) for _ in range(5))
    client.close()


def test_a_sink_that_only_knows_helo_takes_them_too(sink: Sink) -> None:
    client = a_client(sink("-e"))
    assert all(isinstance(client.send(ENVELOPE, MESSAGE), Accepted) for _ in range(5))
    client.close()


def test_a_sink_that_drops_after_the_dot_leaves_each_message_uncertain(sink: Sink) -> None:
    client = a_client(sink("-q", "."))
    assert all(isinstance(client.send(ENVELOPE, MESSAGE), Uncertain) for _ in range(3))


def test_a_sink_that_hangs_after_the_dot_leaves_the_message_uncertain(sink: Sink) -> None:
    client = a_client(sink("-W", ".:5"), Timeouts(final=timedelta(milliseconds=300)))
    assert isinstance(client.send(ENVELOPE, MESSAGE), Uncertain)


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (
            ("-f", "RCPT", "-B", "550 5.1.1 No such user"),
            Rejected(Reply(550, "No such user", "5.1.1"), Stage.RCPT),
        ),
        (
            ("-r", "RCPT", "-b", "450 4.2.1 Busy"),
            Deferred(Reply(450, "Busy", "4.2.1"), Stage.RCPT),
        ),
        (
            ("-f", "DATA", "-B", "554 5.7.1 Blocked"),
            Rejected(Reply(554, "Blocked", "5.7.1"), Stage.DATA),
        ),
        (
            ("-r", ".", "-b", "451 4.3.0 Later"),
            Deferred(Reply(451, "Later", "4.3.0"), Stage.DOT),
        ),
    ],
)
def test_refusals_are_judged_and_the_connection_continues(
    sink: Sink, options: tuple[str, ...], outcome: object
) -> None:
    client = a_client(sink(*options))
    assert [client.send(ENVELOPE, MESSAGE) for _ in range(3)] == [outcome] * 3
    client.close()


@pytest.mark.parametrize(
    ("command", "stage"),
    [("CONNECT", Stage.CONNECT), ("EHLO", Stage.EHLO), ("MAIL", Stage.MAIL)],
)
def test_a_sink_that_is_too_busy_is_the_relays_trouble(
    sink: Sink, command: str, stage: Stage
) -> None:
    outcome = a_client(sink("-Q", command)).send(ENVELOPE, MESSAGE)
    assert isinstance(outcome, RelayTrouble)
    assert outcome.stage is stage


def test_a_sink_that_is_too_busy_at_a_reader_is_slowed_and_no_attempt_counts(sink: Sink) -> None:
    outcome = a_client(sink("-Q", "RCPT")).send(ENVELOPE, MESSAGE)
    assert isinstance(outcome, Throttled)

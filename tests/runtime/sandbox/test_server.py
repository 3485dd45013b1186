"""The mail sandbox: for serves only this machine, complete files, a clean end."""

from __future__ import annotations

import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsletter.domain.errors import Misconfigured
from newsletter.runtime.sandbox.inbox import list_messages
from newsletter.runtime.sandbox.server import SandboxServer, serve_sandbox
from newsletter.runtime.sandbox.simulator import simulated_reply


def test_the_sandbox_offers_the_extensions_of_a_relay(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server, smtplib.SMTP(server.host, server.port) as client:
        client.ehlo()
        for extension in ("pipelining", "8bitmime", "smtputf8", "size"):
            assert client.has_extn(extension)


def test_it_names_the_message_that_it_keeps(tmp_path: Path) -> None:
    with (
        SandboxServer(tmp_path) as server,
        socket.create_connection((server.host, server.port)) as connected,
    ):
        connected.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        _read_until(connected, b"354")
        connected.sendall(b"Subject: x\r\n\r\n.\r\nQUIT\r\n")
        answer = _read_until(connected, b"221")
    (kept,) = list_messages(tmp_path)
    assert f"250 2.0.0 Ok: queued as {kept.id}\r\n".encode() in answer


def test_messages_are_listed_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server, smtplib.SMTP(server.host, server.port) as client:
        for number in range(20):
            client.sendmail("a@b.example", ["c@d.example"], f"Subject: {number}\r\n\r\n")
    subjects = [message.subject for message in list_messages(tmp_path)]
    assert subjects == [str(number) for number in reversed(range(20))]


def test_one_message_to_several_is_one_file_that_names_them_all(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server, smtplib.SMTP(server.host, server.port) as client:
        client.sendmail("", ["c@d.example", "e@f.example"], "Subject: x\r\n\r\n")
    (kept,) = list_messages(tmp_path)
    assert kept.recipients == ("c@d.example", "e@f.example")
    assert kept.sender == ""


def test_nothing_half_written_is_ever_listed(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        connected = socket.create_connection((server.host, server.port))
        connected.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        _read_until(connected, b"354")
        connected.sendall(b"Subject: half of a mess")
        connected.close()
        with smtplib.SMTP(server.host, server.port) as client:
            client.sendmail("a@b.example", ["c@d.example"], "Subject: whole\r\n\r\n")
    assert [message.subject for message in list_messages(tmp_path)] == ["whole"]


@pytest.mark.parametrize("host", ["::", "10.0.0.1", "192.0.2.1", "mail.example", ""])
def test_it_does_not_listen_to_other_machines(tmp_path: Path, host: str) -> None:
    with pytest.raises(Misconfigured, match="serves only this machine"):
        SandboxServer(tmp_path, host=host)
    with pytest.raises(Misconfigured, match="serves only this machine"):
        serve_sandbox(tmp_path, host, 0)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("bounce@sandbox.example", 550),
        ("Bounce+2@Sandbox.example", 550),
        ("full@sandbox.example", 552),
        ("busy@sandbox.example", 450),
        ("ada@sandbox.example", 250),
        ("bounce@example.org", 250),
    ],
)
def test_addresses_of_the_simulator_are_refused_as_by_a_real_server(
    tmp_path: Path, address: str, code: int
) -> None:
    with (
        SandboxServer(tmp_path, answer_to=simulated_reply) as server,
        smtplib.SMTP(server.host, server.port) as client,
    ):
        client.ehlo()
        client.mail("a@b.example")
        assert client.rcpt(address)[0] == code


def test_a_taken_port_is_reported(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as first:
        second = SandboxServer(tmp_path, port=first.port)
        with pytest.raises(Misconfigured, match=f"{first.port}: address already in use"):
            second.start()
        second.stop()
        with pytest.raises(Misconfigured, match="already in use"):
            serve_sandbox(tmp_path, "127.0.0.1", first.port)


def test_it_stops_while_a_client_stays_connected(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        connected = socket.create_connection((server.host, server.port))
        _read_until(connected, b"220")
    connected.settimeout(10)
    assert connected.recv(1) == b""
    connected.close()


def test_as_a_process_it_serves_until_it_gets_a_signal(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code = (
        "import sys, pathlib; from newsletter.runtime.sandbox.server import serve_sandbox; "
        "serve_sandbox(pathlib.Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        client = _connect(port)
        client.sendmail("a@b.example", ["c@d.example"], "Subject: x\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, errors) == (0, b"")
    assert len(list_messages(tmp_path)) == 1


def _connect(port: int) -> smtplib.SMTP:
    deadline = time.monotonic() + 30
    while True:
        try:
            return smtplib.SMTP("127.0.0.1", port)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _read_until(connected: socket.socket, what: bytes) -> bytes:
    connected.settimeout(10)
    data = b""
    while what not in data:
        piece = connected.recv(65_536)
        assert piece, data
        data += piece
    return data

"""A scripted SMTP server: tests read as the conversation on the wire.

    S: 220 relay            sent; "|" cuts it into packets, "\\xNN" and the like are bytes
    C: MAIL FROM:<*>        expected; "*" stands for anything
    C: (text)               the message with its final dot, kept in `texts`
    C: (text without dot)   the message until the client breaks off
    C: (end)                the client hangs up
    C: (rubbish)            whatever comes, once
    S: (drop) (reset) (hang) (tls)
    S: (drip)               a reply that never ends, line by line
    ---                     the next connection

Consecutive C lines are all read before the S lines after them, and a client that talks on while
it should wait for an answer has broken the script. Consecutive S lines go out in one write: the
client may hang up at the first of them.
"""

from __future__ import annotations

import contextlib
import fnmatch
import re
import socket
import ssl
import struct
import threading
import time
from types import TracebackType
from typing import Self

GUARD_S = 20
Turn = tuple[str, str]


class Dialogue:
    def __init__(self, script: str, tls: ssl.SSLContext | None = None) -> None:
        self._connections = [_turns(part) for part in script.split("---")]
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(GUARD_S)
        self.port: int = self._listener.getsockname()[1]
        self.texts: list[bytes] = []
        self.heard: list[str] = []
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread.join(GUARD_S)
        self._listener.close()
        if self._failure is not None and error is not None:
            error.add_note(f"The script broke off: {self._failure!r}")
        if self._failure is not None and kind is None:
            raise AssertionError(str(self._failure)) from self._failure
        assert kind is not None or not self._thread.is_alive(), "the script was not played out"

    def expect_failure(self, pattern: str) -> None:
        """The script must break off for this reason: the client refused to go on."""
        self._thread.join(GUARD_S)
        assert self._failure is not None
        assert re.search(pattern, str(self._failure), re.IGNORECASE), self._failure
        self._failure = None

    def _play(self) -> None:
        try:
            for turns in self._connections:
                connected, _ = self._listener.accept()
                connected.settimeout(GUARD_S)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Side(self, connected, self._tls).play(turns)
        except BaseException as error:  # noqa: BLE001 -- told to the test's own thread
            self._failure = error


class _Side:
    """The server's side of one connection."""

    def __init__(
        self, dialogue: Dialogue, connected: socket.socket, tls: ssl.SSLContext | None
    ) -> None:
        self._dialogue = dialogue
        self._socket = connected
        self._tls = tls
        self._buffer = b""

    def play(self, turns: list[Turn]) -> None:
        try:
            for who, what in turns:
                if who == "C":
                    self._expect(what)
                else:
                    self._say(what)
        finally:
            self._socket.close()

    def _say(self, what: str) -> None:
        assert not self._buffer, f"{self._buffer[:60]!r} came before {what!r} was said"
        if what == "(tls)":
            assert self._tls is not None
            self._socket = self._tls.wrap_socket(self._socket, server_side=True)
        elif what == "(reset)":
            linger_for_no_time = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_no_time)
            self._socket.close()
        elif what == "(drop)":
            self._socket.close()
        elif what == "(hang)":
            self._read_to_end()
        elif what == "(drip)":
            self._drip()
        else:
            self._send(what)

    def _send(self, what: str) -> None:
        # "ü" is two bytes, like on any wire, and so are the two of "\\xc3\\xbc".
        lines = what.encode().decode("unicode_escape").encode("latin-1") + b"\r\n"
        *cut, last = lines.split(b"|")
        for packet in cut:
            self._socket.sendall(packet)
            time.sleep(0.02)  # so that it is a packet of its own
        self._socket.sendall(last)

    def _drip(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._socket.sendall(b"250-and\r\n")
                time.sleep(0.02)

    def _expect(self, what: str) -> None:
        if what == "(text)":
            self._dialogue.texts.append(self._read_until(b"\r\n.\r\n"))
        elif what == "(text without dot)":
            text = self._read_to_end()
            assert not text.endswith(b"\r\n.\r\n"), "the final dot was sent"
            self._dialogue.texts.append(text)
        elif what == "(rubbish)":
            self._socket.recv(65_536)
        elif what == "(end)":
            said = self._read_to_end()
            assert not said, f"the client should hang up and said {said[:60]!r}"
        else:
            line = self._read_until(b"\r\n").decode().removesuffix("\r\n")
            self._dialogue.heard.append(line)
            pattern = what.replace("[", "[[]")
            assert fnmatch.fnmatchcase(line, pattern), f"expected {what!r}, heard {line!r}"

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            data = self._socket.recv(65_536)
            assert data, f"the client hung up after {self._buffer[-60:]!r}"
            self._buffer += data
        position = self._buffer.index(end) + len(end)
        found, self._buffer = self._buffer[:position], self._buffer[position:]
        return found

    def _read_to_end(self) -> bytes:
        found, self._buffer = self._buffer, b""
        while True:
            try:
                data = self._socket.recv(65_536)
            except (ConnectionResetError, ssl.SSLError):
                return found
            if not data:
                return found
            found += data


def _turns(part: str) -> list[Turn]:
    turns: list[Turn] = []
    for line in filter(None, map(str.strip, part.splitlines())):
        who, what = line[0], line[2:].strip()
        if turns and _is_reply(who, what) and _is_reply(*turns[-1]):
            what = f"{turns.pop()[1]}\r\n{what}"
        turns.append((who, what))
    return turns


def _is_reply(who: str, what: str) -> bool:
    return who == "S" and not what.startswith("(")

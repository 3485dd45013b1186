"""The socket of one client, for which no thread waits except for the few large bodies."""

from __future__ import annotations

import errno
import select
import socket
from typing import BinaryIO

PIECE_BYTES = 65_536
LONGEST_STALL_S = 30.0
MOST_UNSENT_BYTES = 512_000
"""More than any page for strangers. Only editors' exports are larger, and wait for the client."""


class UnhurriedSocket(socket.socket):
    """Keeps what the client doesn't take at once, for the worker's loop to send."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        self.unsent = bytearray()
        self.may_wait_for_body = False

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001
        """Gunicorn asks for it around each request. This socket never blocks."""

    def settimeout(self, value: float | None) -> None:
        """As `setblocking`."""

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        while True:
            try:
                return super().recv(bufsize, flags)
            except BlockingIOError:
                if not self.may_wait_for_body:
                    raise _given_up() from None
                self._wait_for(select.POLLIN)

    def recv_now(self, bufsize: int) -> bytes | None:
        """None if nothing is there yet; nothing at the end, or when the connection broke."""
        try:
            return super().recv(bufsize)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send(self, data: bytes, _flags: int = 0) -> int:  # type: ignore[override]
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes, _flags: int = 0) -> None:  # type: ignore[override]
        self.unsent += data
        self.flush()
        while len(self.unsent) > MOST_UNSENT_BYTES:
            self._wait_for(select.POLLOUT)
            self.flush()

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        """The system's own needs a socket that blocks."""
        file.seek(offset)
        sent = 0
        while piece := file.read(PIECE_BYTES if count is None else min(PIECE_BYTES, count - sent)):
            self.sendall(piece)
            sent += len(piece)
        return sent

    def flush(self) -> None:
        """Sends what the client takes now. Raises OSError when the connection is broken."""
        while self.unsent:
            try:
                sent = super().send(self.unsent)
            except BlockingIOError:
                return
            del self.unsent[:sent]

    def _wait_for(self, event: int) -> None:
        poll = select.poll()
        poll.register(self, event)
        if not poll.poll(LONGEST_STALL_S * 1000):
            raise _given_up()


def _given_up() -> ConnectionResetError:
    """Gunicorn passes over this one in silence."""
    return ConnectionResetError(errno.ECONNRESET, "the client took too long")

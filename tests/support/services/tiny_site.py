"""A small site for what the web server does with its clients, and those clients."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

LARGE_PAGE_BYTES = 400_000
EXPORT_LINES = 300_000
PATIENCE_S = 60
THIS_FILE = Path(__file__)


def site(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """/echo says what was posted, /large and /export are long, /refuse is a 413, /file this."""
    path = environ["PATH_INFO"]
    if path == "/refuse":
        start_response("413 Too Large", [("Content-Length", "9")])
        return [b"too large"]
    if path == "/file":
        start_response("200 OK", [("Content-Length", str(THIS_FILE.stat().st_size))])
        return environ["wsgi.file_wrapper"](THIS_FILE.open("rb"))  # type: ignore[no-any-return]
    if path == "/export":
        start_response("200 OK", [])
        return (b"a line of an export\n" for _ in range(EXPORT_LINES))
    if path == "/slow":
        time.sleep(1)  # what a stopping server has to wait for
    pages = {"/echo": environ["wsgi.input"].read, "/large": lambda: b"x" * LARGE_PAGE_BYTES}
    page = pages.get(path, lambda: b"hello")()
    start_response("200 OK", [("Content-Length", str(len(page)))])
    return [page]


class Client:
    """One connection, with a small window, so that nothing is taken that isn't read."""

    def __init__(self, port: int, says: bytes = b"") -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))
        self._file = self.socket.makefile("rb")
        self.say(says)

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, path: str, body: bytes | None = None, *headers: bytes) -> tuple[int, bytes]:
        length = [] if body is None else [b"Content-Length: %d" % len(body)]
        method = b"GET" if body is None else b"POST"
        head = [method + b" " + path.encode() + b" HTTP/1.1", b"Host: localhost", *length, *headers]
        self.say(b"\r\n".join(head) + b"\r\n\r\n" + (body or b""))
        return self.answer()

    def answer(self) -> tuple[int, bytes]:
        """Status and body. (0, b"") if the connection was closed without one."""
        first = self._file.readline()
        if not first:
            return 0, b""
        length = 0
        while (line := self._file.readline().lower()) not in (b"\r\n", b""):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return int(first.split()[1]), self._file.read(length)

    def rest(self) -> bytes:
        return self._file.read()

    @property
    def is_open(self) -> bool:
        """The server has neither answered nor closed it."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(PATIENCE_S)
        return False

    def close(self) -> None:
        self._file.close()
        self.socket.close()


if __name__ == "__main__":
    from newsletter.runtime.web_process import serve

    serve(site, listener=int(sys.argv[1]))

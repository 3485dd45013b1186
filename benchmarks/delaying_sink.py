"""A relay far away: it takes everything, and each answer comes after the round trip.

Run as a process: `delaying_sink.py PORT ROUND_TRIP_MS COUNTER_FILE`; several share one port.
"""

from __future__ import annotations

import asyncio
import mmap
import signal
import socket
import struct
import sys
from pathlib import Path

from benchmarks.smtp_server import SmtpServer

COUNTER = struct.Struct("<QQ")
BACKLOG = 1024


class Counter:
    """Messages and bytes, in a small file that others may read at any time."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(COUNTER.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), COUNTER.size)
        self._messages = self._bytes = 0

    def add(self, size: int) -> None:
        self._messages += 1
        self._bytes += size
        COUNTER.pack_into(self._memory, 0, self._messages, self._bytes)


def read_counter(path: Path) -> tuple[int, int]:
    """Messages and bytes so far."""
    if not path.exists() or path.stat().st_size < COUNTER.size:
        return 0, 0
    messages, size = COUNTER.unpack(path.read_bytes())
    return messages, size


class DelayingServer(SmtpServer):
    def __init__(self, delay_s: float, counter: Counter) -> None:
        super().__init__()
        self._delay_s = delay_s
        self._counter = counter
        self._waiting: list[bytes] = []

    def reply(self, words: bytes) -> None:
        """Answers that are due within the same turn of the loop leave together."""
        if not self._delay_s:
            super().reply(words)
            return
        if not self._waiting:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._send_off, loop)
        self._waiting.append(words)

    def on_dot(self, recipient: bytes, body: bytes) -> bytes:
        del recipient
        self._counter.add(len(body))
        return b"250 2.0.0 Ok: queued as A1B2C3D4\r\n"

    def _send_off(self, loop: asyncio.AbstractEventLoop) -> None:
        words = b"".join(self._waiting)
        self._waiting.clear()
        loop.call_later(self._delay_s, super().reply, words)


async def serve(port: int, delay_s: float, counter: Counter) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(
        lambda: DelayingServer(delay_s, counter),
        "127.0.0.1",
        port,
        reuse_port=True,
        backlog=BACKLOG,
    )
    await stopped.wait()
    server.close()


def reserve_port() -> socket.socket:
    """A port that several processes may listen on; bound here, and never listened on."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000, Counter(Path(sys.argv[3]))))

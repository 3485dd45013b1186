"""Asks for redirects over kept connections: as many as go, or at a steady rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Load:
    """`latencies_ms` count from when a request was due, so that a stall is not hidden."""

    per_second: float
    latencies_ms: Sequence[float]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)


def whole(loads: Sequence[Load]) -> Load:
    """Of as many requests each, one after the other."""
    seconds = sum(1 / load.per_second for load in loads) / len(loads)
    return Load(round(1 / seconds, 1), [ms for load in loads for ms in load.latencies_ms])


def as_many_as_go(port: int, requests: Sequence[bytes], count: int) -> Load:
    return asyncio.run(_run(port, requests, count, rate=0))


def at_a_rate(port: int, requests: Sequence[bytes], count: int, rate: float) -> Load:
    return asyncio.run(_run(port, requests, count, rate=rate))


def request(path: str, client: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        f"X-Forwarded-For: {client}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _run(port: int, requests: Sequence[bytes], count: int, rate: float) -> Load:
    latencies: list[float] = []
    numbers, asked, began_s = iter(range(count)), cycle(requests), time.monotonic()
    await asyncio.gather(
        *(_client(port, asked, numbers, began_s, rate, latencies) for _ in range(CONNECTIONS))
    )
    return Load(round(count / (time.monotonic() - began_s), 1), latencies)


async def _client(  # noqa: PLR0913, PLR0917  one loop of the load
    port: int,
    asked: Iterator[bytes],
    numbers: Iterator[int],
    began_s: float,
    rate: float,
    latencies: list[float],
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        due_s = began_s + number / rate if rate else time.monotonic()
        if (wait_s := due_s - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)
        writer.write(next(asked))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 302"):
            raise RuntimeError(head.decode(errors="replace"))
        await reader.readexactly(_length(head))
        latencies.append((time.monotonic() - due_s) * 1000)
    writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0

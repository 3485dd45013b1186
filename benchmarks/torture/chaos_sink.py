"""A relay that misbehaves at random, and keeps a list of every message that it took.

Run as a process: `chaos_sink PORT LIST_FILE BEHAVIOUR_JSON`. Commands come as words on standard
input, each is answered by one line of JSON on standard output.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

from benchmarks.smtp_server import SmtpServer

MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Chances for one message each; `per_second` is how many finals are answered in a second.

    Whether a message was taken before a drop or a hang is a toss-up. Once `surely_by` messages are
    taken, the next one brings the drop or the hang that chance has not brought yet.
    """

    seed: int = 1
    host: str = "127.0.0.1"
    per_second: float = 0.0
    soft_at_rcpt: float = 0.0
    soft_after_dot: float = 0.0
    drop_after_dot: float = 0.0
    hang_after_dot: float = 0.0
    surely_by: int = 0


@dataclass
class Tally:
    """What happened so far. The `…_windows` add up the connections that were open at each event."""

    taken: int = 0
    soft: int = 0
    drops: int = 0
    hangs: int = 0
    outages: int = 0
    outage_windows: int = 0


@dataclass
class ChaosRelay:
    behaviour: Behaviour
    taken_list: TextIO
    tally: Tally = field(default_factory=Tally)
    open: set[ChaosServer] = field(default_factory=set)
    peak_open: int = 0
    is_away: bool = False
    _next_answer_s: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.behaviour.seed)  # noqa: S311  to be repeated

    def opened(self, server: ChaosServer) -> None:
        self.open.add(server)
        self.peak_open = max(self.peak_open, len(self.open))

    def take(self, recipient: bytes, body: bytes, then: str) -> None:
        """`then` is what we do after that: answer, drop or hang."""
        found = MESSAGE_ID.search(body)
        message_id = found[1].decode() if found else ""
        self.tally.taken += 1
        line = [time.time(), recipient.decode(), message_id, then]
        self.taken_list.write(json.dumps(line) + "\n")

    def answer_in_s(self) -> float:
        """How long the next final answer has to wait for its turn."""
        if not self.behaviour.per_second:
            return 0.0
        now = time.monotonic()
        self._next_answer_s = max(now, self._next_answer_s + 1 / self.behaviour.per_second)
        return self._next_answer_s - now

    def hang_up_on_all(self) -> None:
        self.tally.outages += 1
        self.tally.outage_windows += len(self.open)
        for server in list(self.open):
            server.abort()


class ChaosServer(SmtpServer):
    def __init__(self, relay: ChaosRelay) -> None:
        super().__init__()
        self._relay = relay
        self._behaviour = relay.behaviour
        self._is_deaf = False
        self._held_back: list[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._relay.opened(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._relay.open.discard(self)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def on_rcpt(self, recipient: bytes) -> bytes:
        if self._happens(self._behaviour.soft_at_rcpt):
            self._relay.tally.soft += 1
            return b"450 4.2.1 Try again later\r\n"
        return super().on_rcpt(recipient) or b""

    def on_dot(self, recipient: bytes, body: bytes) -> bytes | None:
        relay, behaviour = self._relay, self._behaviour
        if self._happens(behaviour.soft_after_dot):
            relay.tally.soft += 1
            return b"451 4.3.0 Not now\r\n"
        drops = self._happens(behaviour.drop_after_dot) or self._is_due(relay.tally.drops)
        hangs = not drops and (
            self._happens(behaviour.hang_after_dot) or self._is_due(relay.tally.hangs)
        )
        if not (drops or hangs) or self._happens(0.5):
            relay.take(recipient, body, "drop" if drops else "hang" if hangs else "answer")
        if drops:
            relay.tally.drops += 1
            self.abort()
        elif hangs:
            relay.tally.hangs += 1
            self._is_deaf = True
        else:
            self._accept_later(f"250 2.0.0 Ok: queued as C{relay.tally.taken:X}\r\n".encode())
        return None

    def data_received(self, data: bytes) -> None:
        """Once it hangs, it never listens again."""
        if not self._is_deaf:
            super().data_received(data)

    def _accept_later(self, answer: bytes) -> None:
        """Whatever the client has pipelined behind the dot is answered behind this answer."""
        wait_s = self._relay.answer_in_s()
        if wait_s <= 0:
            self.reply(answer)
            return
        self._held_back = [answer]
        asyncio.get_running_loop().call_later(wait_s, self._let_go)

    def reply(self, words: bytes) -> None:
        if self._is_deaf:
            return
        if self._held_back is not None:
            self._held_back.append(words)
        else:
            super().reply(words)

    def _let_go(self) -> None:
        words, self._held_back = self._held_back or [], None
        super().reply(b"".join(words))

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._relay.chance.random() < chance

    def _is_due(self, times_so_far: int) -> bool:
        surely_by = self._behaviour.surely_by
        return 0 < surely_by <= self._relay.tally.taken and not times_so_far


class _Door:
    """The listener, which can be away for a while, and the commands."""

    def __init__(self, relay: ChaosRelay, port: int) -> None:
        self._relay = relay
        self._port = port
        self._listener: asyncio.Server | None = None
        self._commands: dict[str, Callable[[], None]] = {
            "status": lambda: None,
            "watch": self._watch,
            "flush": relay.taken_list.flush,
        }

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: ChaosServer(self._relay),
            self._relay.behaviour.host,
            self._port,
            backlog=BACKLOG,
            reuse_address=True,
        )
        self._relay.is_away = False

    async def obey(self, words: list[str]) -> None:
        if words[0] == "away":
            self._go_away(float(words[1]))
        else:
            self._commands[words[0]]()
        status = {"open": len(self._relay.open), "peak_open": self._relay.peak_open}
        answer = asdict(self._relay.tally) | status | {"is_away": self._relay.is_away}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def _watch(self) -> None:
        self._relay.peak_open = len(self._relay.open)

    def _go_away(self, seconds: float) -> None:
        if self._listener is not None:
            self._listener.close()
        self._relay.is_away = True
        self._relay.hang_up_on_all()
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self._come_back)

    def _come_back(self) -> None:
        # Kept in a name: the loop itself holds its tasks by weak references only.
        self._return = asyncio.get_running_loop().create_task(self.open())


async def serve(port: int, relay: ChaosRelay) -> None:
    """Until standard input ends."""
    door = _Door(relay, port)
    await door.open()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await door.obey(line.decode().split())


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a", encoding="utf-8") as taken:
        asyncio.run(
            serve(int(sys.argv[1]), ChaosRelay(Behaviour(**json.loads(sys.argv[3])), taken))
        )

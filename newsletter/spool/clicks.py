"""Clicks on their way from the web to the database: first a buffer in each process, then Redis.

A request only adds to the buffer. While Redis is away clicks wait there. Those that no longer fit,
or that a killed process held, are not counted. Their readers still got to where the link leads.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import cast

from redis.exceptions import RedisError

from newsletter import telemetry
from newsletter.spool.redis_connections import QuickRedis, connect

LIST = "newsletter:clicks"
MOST_BUFFERED = 20_000
MOST_IN_REDIS = 1_000_000
"""About 100 MB. Past that nothing has stored clicks for long, and mail needs the room more."""
FLUSH_EVERY_S = 0.2
AGAIN_AFTER_S = 5.0
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class NotedClick:
    """As Hit in domain/clicks/click_rules.py, with its edition. `subscriber_id` is 0 for nobody."""

    id: int
    edition_id: int
    number: int
    subscriber_id: int
    at: datetime
    client: int
    sign: str

    def to_text(self) -> str:
        at_us = round(self.at.timestamp() * 1_000_000)
        values = (self.id, self.edition_id, self.number, self.subscriber_id)
        return json.dumps([*values, at_us, self.client, self.sign], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: bytes | str) -> NotedClick:
        id_, edition_id, number, subscriber_id, at_us, client, sign = json.loads(text)
        at = datetime.fromtimestamp(at_us / 1_000_000, UTC)
        return cls(id_, edition_id, number, subscriber_id, at, client, sign)


class ClickBuffer:
    """May be made before a fork: its thread begins in the process that adds the first click."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._pid = 0
        self._starting = threading.Lock()
        self._flushing = threading.Lock()
        self._wake = threading.Event()

    def add(self, click: NotedClick) -> None:
        """Waits for nothing."""
        if not self._redis_url or len(self._waiting) >= MOST_BUFFERED:
            self._lost += 1
        else:
            self._waiting.append(click.to_text())
        if self._pid != os.getpid():
            self._start()
        if not self._wake.is_set():
            self._wake.set()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def flush(self) -> bool:
        """Hands on what waits. False when Redis did not take it, and it waits on."""
        with self._flushing:
            self._say_what_is_lost()
            if not self._waiting:
                return True
            try:
                with telemetry.wide_event("clicks") as event:
                    event.add(clicks=self._push_all())
            except (RedisError, OSError):
                return False
            return True

    def _push_all(self) -> int:
        total = 0
        with connect(self._redis_url) as redis:
            while self._waiting:
                total += self._push(redis, list(islice(self._waiting, _AT_ONCE)))
        return total

    def _push(self, redis: QuickRedis, texts: list[str]) -> int:
        """A lost reply may push some twice: they are stored once, by their ids."""
        if cast("int", redis.llen(LIST)) < MOST_IN_REDIS:
            redis.rpush(LIST, *texts)
        else:
            self._lost += len(texts)
        for _ in texts:
            self._waiting.popleft()
        return len(texts)

    def _start(self) -> None:
        with self._starting:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            threading.Thread(target=self._run, name="clicks", daemon=True).start()
            atexit.register(self.flush)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wake.wait()
            self._wake.clear()
            pause.wait(FLUSH_EVERY_S)
            while not self.flush():
                pause.wait(AGAIN_AFTER_S)

    def _say_what_is_lost(self) -> None:
        lost, self._lost = self._lost, 0
        if lost:
            with telemetry.wide_event("clicks lost") as event:
                event.add(clicks=lost)


class ClickQueue:
    """The list in Redis. Any number may read it: clicks are dropped once, after they are stored."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        script = Path(__file__).parent / "lua" / "drop_first.lua"
        self._drop_first = self._redis.register_script(script.read_text())

    def first(self, most: int = _AT_ONCE) -> list[bytes]:
        """The oldest. Raises RedisError."""
        return cast("list[bytes]", self._redis.lrange(LIST, 0, most - 1))

    def drop(self, texts: Sequence[bytes]) -> None:
        """What `first` returned."""
        self._drop_first(keys=[LIST], args=[texts[0], len(texts)])

    def close(self) -> None:
        self._redis.close()

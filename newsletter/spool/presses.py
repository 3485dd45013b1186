"""Which forms were pressed a moment ago, and where that led. In Redis, and forgotten in an hour.

A press that is being done is held by a heartbeat, so that the form of a process that was killed can
soon be pressed again, and that of an import that takes minutes can't.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import cast

from redis.exceptions import RedisError

from newsletter.spool.redis_connections import QuickRedis, connect

KEPT_S = 3600
HELD_S = 30
_BEAT_S = 10.0
_BEING_DONE = b""


class Presses:
    """Opens nothing until it is used. Without Redis every press is the first."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._redis: QuickRedis | None = None

    def claim(self, key: str) -> bool:
        """Whether this press is the first of its form. It must `answer` then, or `release`."""
        if not self._redis_url:
            return True
        try:
            return bool(self._connected().set(_name(key), _BEING_DONE, nx=True, ex=HELD_S))
        except RedisError:
            return True

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """While it is being done, whatever that takes."""
        is_done = Event()
        heart = Thread(target=self._hold, args=(key, is_done), daemon=True)
        if self._redis_url:
            heart.start()
        try:
            yield
        finally:
            is_done.set()

    def _hold(self, key: str, is_done: Event) -> None:
        while not is_done.wait(_BEAT_S):
            with suppress(RedisError):
                self._connected().expire(_name(key), HELD_S)

    def answer(self, key: str, answer: str) -> None:
        self._try(key, answer)

    def release(self, key: str) -> None:
        """It did nothing, and may be pressed again."""
        self._try(key, None)

    def answer_to(self, key: str) -> str:
        """Of the first press; "" while it is being done, or where it was released or lost."""
        try:
            return cast("bytes", self._connected().get(_name(key)) or b"").decode()
        except RedisError:
            return ""

    def _try(self, key: str, answer: str | None) -> None:
        if not self._redis_url:
            return
        try:
            if answer is None:
                self._connected().delete(_name(key))
            else:
                self._connected().set(_name(key), answer, ex=KEPT_S)
        except RedisError:
            return

    def _connected(self) -> QuickRedis:
        self._redis = self._redis or connect(self._redis_url)
        return self._redis


def _name(key: str) -> str:
    return f"newsletter:press:{key}"

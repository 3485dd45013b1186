"""Which forms were pressed a moment ago, and where that led. In Redis, and forgotten in an hour."""

from __future__ import annotations

from typing import cast

from redis.exceptions import RedisError

from newsletter.spool.redis_connections import QuickRedis, connect

KEPT_S = 3600
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
            return bool(self._connected().set(_name(key), _BEING_DONE, nx=True, ex=KEPT_S))
        except RedisError:
            return True

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

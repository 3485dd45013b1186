"""Connections to Redis that never wait long: a Redis that falls silent counts as one that is gone.

Everything in Redis can be lost at any time, so nobody has to wait for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from redis import ConnectionError as RedisConnectionError
from redis import ConnectionPool, Redis
from redis import TimeoutError as RedisTimeoutError
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_S = 1.0
"""For connecting and for each reply. The client's own default is to wait for ever."""


class QuickRedis(Redis):
    """Dramatiq, like most, handles a lost connection but no time-out."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except RedisTimeoutError as error:
            raise RedisConnectionError(f"no reply within {TIMEOUT_S:g} second") from error


def connect(redis_url: str) -> QuickRedis:
    """Opens nothing until it is used. May be shared between threads, but not between processes."""
    return QuickRedis(connection_pool=connection_pool(redis_url))


def connection_pool(redis_url: str) -> ConnectionPool:
    """A kept connection that was lost is opened again, once. After silence nothing is tried again:
    the client's own default is three times.
    """
    return ConnectionPool.from_url(
        redis_url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )


def redis_clock(redis_url: str) -> datetime:
    """Raises RedisError."""
    with connect(redis_url) as redis:
        seconds, microseconds = redis.time()
    return datetime.fromtimestamp(seconds + microseconds / 1_000_000, UTC)

"""Why Redis can't be used, found by writing to it: a full one still answers a ping."""

from __future__ import annotations

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from newsletter.spool.redis_connections import connect

_PROBE_KEY = "newsletter:probe"
_PROBE_S = 60
_REASONS: tuple[tuple[type[RedisError], str], ...] = (
    (AuthenticationError, "Redis refuses our password. Check REDIS_URL."),
    (NoPermissionError, "Redis does not let this user write. Check its ACL and REDIS_URL."),
    (OutOfMemoryError, "Redis is full. Raise its maxmemory, or remove what else is kept in it."),
    (ReadOnlyError, "Redis is a read-only replica. Set REDIS_URL to the primary."),
    (BusyLoadingError, "Redis is loading its data. This ends by itself."),
    (RedisConnectionError, "Redis can't be reached. Check that it is running, and REDIS_URL."),
)


def redis_trouble(redis_url: str) -> str:
    """Empty if it works. Waits no longer than a connection does."""
    try:
        with connect(redis_url) as redis:
            redis.set(_PROBE_KEY, 1, ex=_PROBE_S)
    except RedisError as error:
        return _reason(error)
    except (OSError, ValueError):
        return "REDIS_URL can't be read. It has the form redis://:password@host:6379/0."
    return ""


def _reason(error: RedisError) -> str:
    """Never the server's own words: they may name the host and the user."""
    if isinstance(error.__cause__, RedisTimeoutError):
        return "Redis does not answer, though it can be reached. Check whether it is stopped."
    if str(error).startswith("MISCONF"):
        return "Redis takes no data, because it can't save it. Check its disk and its log."
    known = (reason for kind, reason in _REASONS if isinstance(error, kind))
    return next(known, f"Redis refuses to work ({type(error).__name__}). Check its log.")

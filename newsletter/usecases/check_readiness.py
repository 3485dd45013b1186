"""Whether this process could do its work now, and if not, what stands in the way."""

from __future__ import annotations

from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from newsletter.domain.errors import Misconfigured
from newsletter.store.heartbeats import last_beat
from newsletter.store.schema import require_current
from newsletter.usecases.context import Context

TICKER_SILENCE = timedelta(seconds=30)
"""A ticker beats each second; one that was not heard for so long is gone."""
PROBE_TIMEOUT_S = 2


def readiness(context: Context) -> dict[str, str]:
    """What stands in the way, by the name of what was looked at; empty when all is well."""
    found = {"database": _database(context), "redis": _redis(context.settings.redis_url)}
    if not found["database"]:
        found["ticker"] = _ticker(context)
    return {name: reason for name, reason in found.items() if reason}


def _database(context: Context) -> str:
    try:
        require_current(context.database)
    except Misconfigured as error:
        # The driver's words may name the server and the user: those are for the log.
        return error.message if "revision" in error.message else "The database can't be reached."
    except SQLAlchemyError as error:
        return f"The database does not answer ({type(error).__name__})."
    return ""


def _redis(url: str) -> str:
    if not url:
        return ""
    try:
        with Redis.from_url(
            url, socket_timeout=PROBE_TIMEOUT_S, socket_connect_timeout=PROBE_TIMEOUT_S
        ) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError) as error:
        return f"Redis does not answer ({type(error).__name__})."
    return ""


def _ticker(context: Context) -> str:
    with context.database.read() as session:
        seen = last_beat(session, "ticker")
    if seen is None:
        return "No ticker was ever seen. Start one with `newsletter tick`."
    silence = context.now() - seen
    if silence > TICKER_SILENCE:
        return f"No ticker for {int(silence.total_seconds())} seconds: is it running?"
    return ""

"""Whether this process can do its work now, and if not, why."""

from __future__ import annotations

from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.domain.errors import Misconfigured
from newsletter.store.operations import last_beat
from newsletter.store.schema import require_current
from newsletter.usecases.context import Context

TICKER_SILENCE = timedelta(seconds=30)
"""A ticker records a beat every second. After this long without one, it counts as gone."""
PROBE_TIMEOUT_S = 2
_NO_TICKER = "No ticker has run yet. Start one with `newsletter tick`."


def readiness(context: Context) -> dict[str, str]:
    """The problems, by the name of the check. Empty if everything works."""
    found = {"database": _database(context), "redis": _redis(context.settings.redis_url)}
    if not found["database"]:
        with context.database.read() as session:
            seen = last_beat(session, "ticker")
            found["ticker"] = ticker_trouble(session, context.now()) if seen else _NO_TICKER
    return {name: reason for name, reason in found.items() if reason}


def ticker_trouble(session: Session, now: datetime) -> str:
    """Why the ticker seems to be gone. "" if it beats, or has never run."""
    seen = last_beat(session, "ticker")
    silence = now - seen if seen else timedelta()
    if abs(silence) <= TICKER_SILENCE:
        return ""
    if silence < timedelta():
        return "The ticker's last run is in the future. Check the clock and the ticker."
    return (
        f"No ticker for {int(silence.total_seconds())} seconds. Check that it is running "
        "and that the database's disk has room."
    )


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

"""What stands still now, and why. `/readyz`, pages, reports and the log all ask here."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.domain.delivery.standstills import Part, Standstill
from newsletter.domain.errors import Misconfigured
from newsletter.domain.feedback.inbound import MailboxTrouble
from newsletter.mail.smtp.relay import relay_names
from newsletter.spool.redis_trouble import redis_trouble
from newsletter.store.operations import last_beat
from newsletter.store.outbox import waiting_since
from newsletter.store.schema import require_current
from newsletter.store.sending.relay_pauses import pause_of_all
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.record_mailbox import MAILBOX_READ

TICKER_SILENCE = timedelta(seconds=30)
"""A ticker records a beat every second. After this long without one, it counts as gone."""
WORKER_SILENCE = timedelta(seconds=60)
"""A worker records one every few seconds."""
_NO_TICKER = "No ticker has run yet. Start one with `newsletter tick`."
_NO_WORKER = "No worker has run yet, and mail waits. Start one with `dramatiq worker`."
_READ_ONLY = (
    "The database is read-only, so nothing can be changed or sent. Check that it is the primary, "
    "and that its disk can be written to."
)
_MAILBOX: dict[str, str] = {
    MailboxTrouble.REFUSED: "The mailbox for bounces refuses our password. Set it in "
    "INBOUND_MAILBOX and restart. Nothing is lost: what comes back waits there.",
    MailboxTrouble.SILENT: "The mailbox for bounces can't be read. Check its server. "
    "Nothing is lost: what comes back waits there.",
}
_NO_MAIL = "No mail is sent until then, and none is lost."


def standstills(context: Context) -> tuple[Standstill, ...]:
    """Empty if everything works. What only follows from another standstill is left out."""
    redis = _redis(context.settings.redis_url)
    try:
        database = _database(context)
        others = () if database else _others(context, is_redis_there=not redis)
    except SQLAlchemyError as error:
        database, others = f"The database does not answer ({type(error).__name__}).", ()
    services = (Standstill(Part.DATABASE, database), Standstill(Part.REDIS, redis))
    return tuple(found for found in (*services, *others) if found.reason)


def _others(context: Context, *, is_redis_there: bool) -> tuple[Standstill, ...]:
    now = context.now()
    with context.database.read() as session:
        return (
            Standstill(Part.TICKER, _ticker(session, now)),
            Standstill(Part.WORKER, _worker(session, context, now) if is_redis_there else ""),
            _relay(session, context, now),
            Standstill(Part.MAILBOX, _mailbox(session, context)),
        )


def _mailbox(session: Session, context: Context) -> str:
    """While the last try failed."""
    if not context.settings.inbound_mailbox:
        return ""
    beats = {name: last_beat(session, name) for name in (MAILBOX_READ, *MailboxTrouble)}
    seen = {name: at for name, at in beats.items() if at is not None}
    newest = max(seen, key=lambda name: seen[name], default=MAILBOX_READ)
    return _MAILBOX.get(newest, "")


def _database(context: Context) -> str:
    try:
        require_current(context.database)
    except Misconfigured as error:
        # The driver's words may name the server and the user: those are for the log.
        return error.message if "revision" in error.message else "The database can't be reached."
    return _READ_ONLY if context.database.is_read_only() else ""


def _redis(url: str) -> str:
    reason = redis_trouble(url) if url else ""
    return f"{reason} {_NO_MAIL}" if reason else ""


def _ticker(session: Session, now: datetime) -> str:
    seen = last_beat(session, "ticker")
    if seen is None:
        return _NO_TICKER
    silence = now - seen
    if abs(silence) <= TICKER_SILENCE:
        return ""
    if silence < timedelta():
        return "The ticker's last run is in the future. Check the clock and the ticker."
    return (
        f"No ticker for {int(silence.total_seconds())} seconds. Check that it is running "
        "and that the database's disk has room."
    )


def _worker(session: Session, context: Context, now: datetime) -> str:
    patience = max(WORKER_SILENCE, context.settings.lease_duration)
    seen, waiting = last_beat(session, "worker"), waiting_since(session)
    if seen is None:
        return _NO_WORKER if waiting and now - waiting > patience else ""
    if now - seen <= patience:
        return ""
    seconds = int((now - seen).total_seconds())
    return f"No worker for {seconds} seconds. Check that one is running. {_NO_MAIL}"


def _relay(session: Session, context: Context, now: datetime) -> Standstill:
    pause = pause_of_all(session, now, relay_names(context.settings))
    if pause is None:
        return Standstill(Part.RELAY, "")
    next_try = f"We try again at {pause.until:%H:%M:%S} UTC."
    return Standstill(Part.RELAY, f"The mail relay takes no mail. {next_try}", pause.reason)

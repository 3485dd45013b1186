"""One conversation with a relay: to see whether it would take mail, or with one message."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from newsletter.domain.delivery.outcomes import relay_trouble
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.mail.envelope import Envelope, wire_path
from newsletter.mail.smtp.asking import ask, do, require
from newsletter.mail.smtp.connection import Connection
from newsletter.mail.smtp.dialing import dial
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.steps import Conversation, Refused, Send
from newsletter.mail.smtp.timeouts import Timeouts


@dataclass(frozen=True, slots=True)
class Trial:
    """`trouble` is why the relay would take no mail, "" if it would."""

    relay: str
    is_encrypted: bool = False
    has_login: bool = False
    trouble: str = ""


def try_relay(relay: Relay, timeouts: Timeouts) -> Trial:
    """Opens an event loop of its own: not for a thread that has one."""
    return asyncio.run(_try(relay, timeouts))


def hand_over(relay: Relay, timeouts: Timeouts, envelope: Envelope, message: bytes) -> str:
    """Sends one message, a command at a time. Why it was not taken, "" if it was.

    `message` is complete, with CRLF line ends. Opens an event loop of its own, as above.
    """
    return asyncio.run(_converse(relay, timeouts, _transact(envelope, message)))


async def _try(relay: Relay, timeouts: Timeouts) -> Trial:
    try:
        connection, _ = await dial(relay, timeouts)
    except Refused as refused:
        return Trial(relay.name, has_login=bool(relay.username), trouble=refused.trouble.detail)
    is_encrypted = connection.is_encrypted
    await _run(connection, _leave(), timeouts)
    return Trial(relay.name, is_encrypted, bool(relay.username))


async def _converse(relay: Relay, timeouts: Timeouts, conversation: Conversation[None]) -> str:
    try:
        connection, _ = await dial(relay, timeouts)
    except Refused as refused:
        return refused.trouble.detail
    return await _run(connection, conversation, timeouts)


async def _run(connection: Connection, conversation: Conversation[None], timeouts: Timeouts) -> str:
    """Why it broke off, "" if it did not."""
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    connection.run(conversation, lambda _, error: ended.set_result(_why(error)))
    try:
        async with asyncio.timeout(timeouts.connect.total_seconds()):
            return await ended
    except TimeoutError:
        return "it did not answer in time"
    finally:
        connection.close()


def _why(error: BaseException | None) -> str:
    if isinstance(error, Refused):
        return error.trouble.detail
    return "" if error is None else str(error)


def _leave() -> Conversation[None]:
    yield from ask("QUIT", Stage.EHLO)


def _transact(envelope: Envelope, message: bytes) -> Conversation[None]:
    sender = wire_path(envelope.sender).text if envelope.sender else ""
    recipient = wire_path(envelope.recipient).text
    require(Stage.MAIL, (yield from ask(f"MAIL FROM:<{sender}>", Stage.MAIL)))
    require(Stage.RCPT, (yield from ask(f"RCPT TO:<{recipient}>", Stage.RCPT)))
    reply = yield from ask("DATA", Stage.DATA)
    if reply.code != 354:
        raise Refused(relay_trouble(Stage.DATA, reply))
    text = re.sub(rb"(?m)^\.", b"..", message)  # dot-stuffing [RFC 5321 4.5.2]
    yield from do(Send(text), Stage.DATA)
    require(Stage.DOT, (yield from ask(".", Stage.DOT)))
    yield from ask("QUIT", Stage.EHLO)

"""A conversation with a relay that hands over nothing: connect, encrypt, log in, QUIT."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from newsletter.domain.smtp_replies import Stage
from newsletter.mail.smtp.asking import ask
from newsletter.mail.smtp.dialing import dial
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.steps import Conversation, Refused
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


async def _try(relay: Relay, timeouts: Timeouts) -> Trial:
    try:
        connection, _ = await dial(relay, timeouts)
    except Refused as refused:
        return Trial(relay.name, has_login=bool(relay.username), trouble=refused.trouble.detail)
    is_encrypted = connection.is_encrypted
    left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    connection.run(_leave(), lambda _value, _error: left.set_result(None))
    try:
        async with asyncio.timeout(timeouts.goodbye.total_seconds()):
            await left
    except TimeoutError:
        pass  # the relay owes us nothing any more
    finally:
        connection.close()
    return Trial(relay.name, is_encrypted, bool(relay.username))


def _leave() -> Conversation[None]:
    yield from ask("QUIT", Stage.EHLO)

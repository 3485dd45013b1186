"""Opens a connection to a relay, up to a session that takes mail."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from newsletter.domain.delivery.outcomes import RelayTrouble
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import in_brackets
from newsletter.mail.smtp.connection import Connection, why_not_encrypted
from newsletter.mail.smtp.greeting import greet
from newsletter.mail.smtp.relay import Relay, tls_context
from newsletter.mail.smtp.steps import Refused, Session
from newsletter.mail.smtp.timeouts import Timeouts


async def dial(relay: Relay, timeouts: Timeouts) -> tuple[Connection, Session]:
    """Raises Refused."""
    connection = await _connect(relay, timeouts)
    greeted: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
    connection.run(greet(relay), lambda value, error: _settle(greeted, value, error))
    try:
        return connection, await greeted
    except BaseException:
        connection.close()
        raise


def _settle(greeted: asyncio.Future[Session], value: Any, error: BaseException | None) -> None:
    if greeted.done():
        return
    if error is None:
        greeted.set_result(value)
    else:
        greeted.set_exception(error)


async def _connect(relay: Relay, timeouts: Timeouts) -> Connection:
    loop = asyncio.get_running_loop()
    limit_s = timeouts.connect.total_seconds()
    try:
        async with asyncio.timeout(limit_s):
            found = await loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unreachable(error) from error
    for *_, address in found[:-1]:
        try:
            return await _connect_to(relay, timeouts, str(address[0]))
        except Refused:
            continue
    return await _connect_to(relay, timeouts, str(found[-1][4][0]))


async def _connect_to(relay: Relay, timeouts: Timeouts, address: str) -> Connection:
    loop = asyncio.get_running_loop()
    limit_s = timeouts.connect.total_seconds()
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(limit_s):
            await loop.sock_connect(opened, (address, relay.port))
    except (OSError, UnicodeError) as error:
        opened.close()
        raise _unreachable(error) from error
    return await _wrap(relay, timeouts, opened)


async def _wrap(relay: Relay, timeouts: Timeouts, opened: socket.socket) -> Connection:
    loop = asyncio.get_running_loop()
    try:
        if not relay.implicit_tls:
            _, connection = await loop.create_connection(
                lambda: Connection(relay, timeouts), sock=opened
            )
        else:
            _, connection = await loop.create_connection(
                lambda: Connection(relay, timeouts),
                sock=opened,
                ssl=tls_context(relay.ca_file),
                server_hostname=relay.host,
                ssl_handshake_timeout=timeouts.of(Stage.TLS),
            )
    except (OSError, ValueError, Misconfigured) as error:
        opened.close()
        raise Refused(RelayTrouble(Stage.TLS, why_not_encrypted(relay, error))) from error
    return connection


def _unreachable(error: Exception) -> Refused:
    return Refused(RelayTrouble(Stage.CONNECT, _why_not_connected(error)))


def _why_not_connected(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        why = in_brackets(error.strerror)
        return f"its name can't be looked up{why}. Check the spelling in SMTP_URL"
    if isinstance(error, ConnectionRefusedError):
        return "it refused the connection. Check SMTP_URL and that the relay is running"
    if isinstance(error, TimeoutError):
        return "it can't be reached (timed out). A firewall or your provider may block this port"
    if isinstance(error, OSError) and error.strerror:
        return f"it can't be reached ({error.strerror.lower()})"
    return "its name can't be looked up. Check the spelling in SMTP_URL"

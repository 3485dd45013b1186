"""Opens the doors that are configured, and judges what comes in by them."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from newsletter import telemetry
from newsletter.domain.errors import Misconfigured
from newsletter.domain.feedback.inbound import Door
from newsletter.runtime.inbound.door import DoorKeeper
from newsletter.runtime.inbound.storekeeper import Storekeeper
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from newsletter.usecases.feedback.store_arrivals import store_arrivals

JUDGE_AT_LEAST_EVERY_S = 5.0
UNIX = "unix:"


def serve_inbound(context: Context) -> None:
    """Until SIGTERM or SIGINT. Raises Misconfigured for what can't be opened."""
    settings = context.settings
    if not (settings.inbound_smtp or settings.inbound_lmtp or settings.inbound_mailbox):
        raise Misconfigured(
            "No door for mail is configured.",
            advice="Set INBOUND_SMTP, INBOUND_LMTP or INBOUND_MAILBOX. See docs/settings.md.",
        )
    asyncio.run(_serve(context))


async def _serve(context: Context) -> None:
    # Its log holds addresses and, at every dropped connection, a traceback.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    storekeeper = Storekeeper(partial(store_arrivals, context))
    tasks = [
        asyncio.create_task(storekeeper.run()),
        asyncio.create_task(_judge(context, storekeeper)),
    ]
    keepers = [
        await _open(context, door, address, storekeeper)
        for door, address in (
            (Door.SMTP, context.settings.inbound_smtp),
            (Door.LMTP, context.settings.inbound_lmtp),
        )
        if address
    ]
    mailbox_stop = threading.Event()
    mailbox = _start_mailbox(context, mailbox_stop)
    await stop.wait()
    mailbox_stop.set()
    for server, keeper in keepers:
        server.close()
        keeper.conversations.hang_up()
    for task in tasks:
        task.cancel()
    if mailbox is not None:
        await asyncio.to_thread(mailbox.join, 5)


async def _open(
    context: Context, door: Door, address: str, storekeeper: Storekeeper
) -> tuple[asyncio.Server, DoorKeeper]:
    keeper = DoorKeeper(
        context.settings, door, storekeeper, _tls(context.settings.inbound_tls_cert_file)
    )
    try:
        server = await _listen(keeper, door, address)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Misconfigured(
            f"INBOUND_{door.upper()} can't listen on {address}: {reason.lower()}.",
            advice="Stop what listens there, or use another address.",
        ) from error
    with telemetry.wide_event("door open") as event:
        event.add(door=door, address=address)
    return server, keeper


async def _listen(keeper: DoorKeeper, door: Door, address: str) -> asyncio.Server:
    """Raises OSError, Misconfigured."""
    loop = asyncio.get_running_loop()
    if not address.startswith(UNIX):
        return await loop.create_server(keeper.protocol, *host_and_port(address, door))
    path = address.removeprefix(UNIX)
    server = await loop.create_unix_server(keeper.protocol, path)
    _let_mail_servers_in(path)
    return server


def _let_mail_servers_in(path: str) -> None:
    """They have a user of their own. Their folder decides who may reach the socket."""
    Path(path).chmod(0o666)


def host_and_port(address: str, door: Door) -> tuple[str, int]:
    """Raises Misconfigured."""
    with suppress(ValueError):
        parts = urlsplit(f"//{address}")
        if parts.hostname and parts.port is not None:
            return parts.hostname, parts.port
    raise Misconfigured(
        f"INBOUND_{door.upper()} can't be read.",
        advice="Use host:port, such as 127.0.0.1:2525, or unix:/path/to/socket.",
    )


def _tls(file: str) -> ssl.SSLContext | None:
    if not file:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(file)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            "INBOUND_TLS_CERT_FILE can't be used.",
            advice="It must be a readable PEM file with the certificate and its key.",
        ) from error
    return made


async def _judge(context: Context, storekeeper: Storekeeper) -> None:
    """What the ticker does as well, sooner."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(storekeeper.stored.wait(), JUDGE_AT_LEAST_EVERY_S)
        try:
            await _judge_while_quiet(context, storekeeper)
        except Exception as error:  # noqa: BLE001  recorded; what waits stays
            with telemetry.wide_event("judging failed") as event:
                event.add(error=type(error).__name__)


async def _judge_while_quiet(context: Context, storekeeper: Storekeeper) -> None:
    """Judging takes ten times as long as storing, and those who hand messages over would wait for
    it. While many come in, the ticker judges, in a process of its own.
    """
    while True:
        await storekeeper.become_quiet()
        if not (await asyncio.to_thread(judge_new, context)).messages:
            return


def _start_mailbox(context: Context, stop: threading.Event) -> threading.Thread | None:
    if not context.settings.inbound_mailbox:
        return None
    from newsletter.runtime.inbound.mailbox import run_mailbox  # noqa: PLC0415  loads IMAP

    thread = threading.Thread(target=run_mailbox, args=(context, stop), name="mailbox", daemon=True)
    thread.start()
    return thread

"""The SMTP sandbox: accepts any mail on loopback and stores it as files. It delivers nothing.

inbox.py reads the mail. The sandbox replaces a relay until one is set, so it offers what relays
offer: PIPELINING, 8BITMIME, SMTPUTF8 and SIZE.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.domain.errors import Misconfigured
from newsletter.runtime.conversations import Conversations, answer_to_hello

MAX_MESSAGE_BYTES = 30_000_000
_OK = "250 2.1.5 Ok"
_START_LIMIT_S = 10


class SandboxServer:
    """A sandbox in a thread of this process.

    `answer_to` returns the reply to each RCPT, so that a test can refuse a recipient, such as
    "550 5.1.1 No such user"; or "" to accept it.
    """

    def __init__(
        self,
        directory: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        answer_to: Callable[[str], str] | None = None,
    ) -> None:
        require_loopback(host)
        self.host = host
        self.port = port
        self._handler = _Keeper(directory, answer_to)
        self._thread = threading.Thread(target=self._run, name="smtp-sandbox", daemon=True)
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def start(self) -> None:
        """Returns when it listens; `port` is then the real port. Raises Misconfigured."""
        self._thread.start()
        if not self._started.wait(_START_LIMIT_S):
            self._failure = TimeoutError("it does not start")
        if self._failure is not None:
            raise _cannot_listen(self.host, self.port, self._failure) from self._failure

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        await _serve(self._handler, self.host, self.port, self._stop, self._listening)

    def _listening(self, port: int) -> None:
        self.port = port
        self._started.set()


def serve_sandbox(
    directory: Path, host: str, port: int, answer_to: Callable[[str], str] | None = None
) -> None:
    """Serves in this process until SIGTERM or SIGINT. Raises Misconfigured for a taken port."""
    require_loopback(host)
    try:
        asyncio.run(_serve_until_signal(_Keeper(directory, answer_to), host, port))
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def require_loopback(host: str) -> None:
    """Raises Misconfigured for other hosts: the sandbox gets sign-in links."""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise Misconfigured(
            f"The mail sandbox can't listen on {host}. It serves only this machine.",
            advice="Use 127.0.0.1, or set SMTP_URL to send through a real relay.",
        )


async def _serve_until_signal(keeper: _Keeper, host: str, port: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await _serve(keeper, host, port, stop, lambda _: None)


async def _serve(
    keeper: _Keeper, host: str, port: int, stop: asyncio.Event, listening: Callable[[int], None]
) -> None:
    # Its log holds addresses and, at every dropped connection, a traceback.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    server = await asyncio.get_running_loop().create_server(keeper.protocol, host, port)
    try:
        listening(server.sockets[0].getsockname()[1])
        await stop.wait()
    finally:
        # Not `async with`: from Python 3.12 on it would wait for clients that stay connected.
        server.close()
        keeper.conversations.hang_up()


class _Keeper:
    """The handler for aiosmtpd. Stores each message as a file, written in one piece."""

    def __init__(self, directory: Path, answer_to: Callable[[str], str] | None) -> None:
        self._directory = directory
        self._answer_to = answer_to
        self._last_us = 0
        self.conversations = Conversations()
        directory.mkdir(parents=True, exist_ok=True)

    def protocol(self) -> SMTP:
        conversation = SMTP(
            self,
            hostname="sandbox.localhost",
            ident="the newsletter's mail sandbox",
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
        )
        self.conversations.add(conversation)
        return conversation

    async def handle_EHLO(  # noqa: N802 -- the hook's name is aiosmtpd's
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,  # noqa: ARG002
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        return answer_to_hello(session, hostname, responses, "PIPELINING")

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        refusal = self._answer_to(address) if self._answer_to else ""
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return _OK

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        try:
            return f"250 2.0.0 Ok: queued as {self._keep(envelope)}"
        except OSError as error:
            return f"452 4.3.1 The sandbox can't write: {error.strerror}"

    def _keep(self, envelope: Any) -> str:
        self._directory.mkdir(parents=True, exist_ok=True)
        message_id = self._next_id()
        temporary = self._directory / f".{message_id}.part"
        content = _trace_lines(envelope.mail_from, envelope.rcpt_tos) + envelope.original_content
        temporary.write_bytes(content)
        temporary.replace(self._directory / f"{message_id}.eml")
        return message_id

    def _next_id(self) -> str:
        """Sorts by arrival, even within a microsecond. Differs from the ids of another server."""
        self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
        moment = datetime.fromtimestamp(self._last_us // 1_000_000, UTC)
        return f"{moment:%Y%m%dT%H%M%S}{self._last_us % 1_000_000:06d}-{secrets.token_hex(4)}"


def _trace_lines(sender: str, recipients: list[str]) -> bytes:
    """The headers that a mailbox server adds from the envelope [RFC 5321 4.4]."""
    path = sender if sender.startswith("<") else f"<{sender}>"
    lines = [f"Return-Path: {path}", *(f"Delivered-To: {address}" for address in recipients)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


def _cannot_listen(host: str, port: int, error: OSError) -> Misconfigured:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return Misconfigured(
        f"The mail sandbox can't listen on {host}:{port}: {reason.lower()}.",
        advice="If another copy is running, stop it first.",
    )

"""A relay whose answers depend on the recipient, over a real SMTP conversation."""

from __future__ import annotations

import asyncio
import email
import threading
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

REPLIES = {
    "unknown": "550 5.1.1 no such user",
    "greylisted": "450 4.2.0 greylisted, come back later",
    "blocked": "550 5.7.1 we do not like your network",
}
"""At RCPT, by the local part up to the first dash."""


@dataclass
class Relay:
    """`received` has what was accepted: (recipient, message), in the order of arrival."""

    received: list[tuple[str, Message]] = field(default_factory=list)
    raw: list[tuple[str, bytes]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=lambda: dict(REPLIES))
    at_mail: str = ""
    after_dot: str = ""
    slowness_s: float = 0.0
    """Before it answers the final dot."""
    stalls: threading.Event = field(default_factory=threading.Event)
    """While it is set, DATA gets no answer."""
    peers: list[tuple[str, int]] = field(default_factory=list)
    """The connection of each MAIL."""
    greetings: set[str] = field(default_factory=set)
    """The names in EHLO."""
    _controller: Controller | None = None

    def start(self) -> None:
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    @property
    def port(self) -> int:
        assert self._controller is not None
        return self._controller.server.sockets[0].getsockname()[1]

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.received]

    # aiosmtpd's hooks
    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        self.greetings.add(session.host_name)
        self.peers.append(session.peer)
        self.senders.append(address)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.replies.get(address.partition("-")[0])
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        recipient = envelope.rcpt_tos[0]
        await asyncio.sleep(self.slowness_s)
        if recipient.startswith("dropped"):
            # The dot was accepted, but no reply is sent.
            self.received.append((recipient, email.message_from_bytes(envelope.content)))
            server.transport.abort()
            await asyncio.sleep(0)
            return ""
        if self.after_dot:
            return self.after_dot
        self.received.append((recipient, email.message_from_bytes(envelope.content)))
        self.raw.append((recipient, envelope.original_content))
        return f"250 2.0.0 Ok: queued as Q{len(self.received)}"


class _Smtp(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.envelope.rcpt_tos and self.envelope.rcpt_tos[0].startswith("poison"):
            self.transport.abort()
            return
        while self.event_handler.stalls.is_set():  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.01)
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """The real port is only known now: the base class would knock at port 0."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def factory(self) -> Any:
        return _Smtp(self.handler, enable_SMTPUTF8=True, hostname="relay.test")

"""The SMTP and LMTP doors: take a message for our addresses, and say so once it is stored."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter import telemetry
from newsletter.config import Settings
from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.mail.verp import read_verp
from newsletter.runtime.conversations import Conversations, answer_to_hello
from newsletter.runtime.inbound.storekeeper import Storekeeper

MOST_RECIPIENTS = 100
LONGEST_CONVERSATION_S = 3600.0
_OK = "250 2.1.5 Ok"


class DoorKeeper:
    """The handler for aiosmtpd, and the maker of its conversations."""

    def __init__(
        self, settings: Settings, door: Door, storekeeper: Storekeeper, tls: ssl.SSLContext | None
    ) -> None:
        self._settings = settings
        self._door = door
        self._storekeeper = storekeeper
        self._tls = tls
        self.conversations = Conversations()

    def protocol(self) -> asyncio.BaseProtocol:
        is_full = len(self.conversations) >= self._settings.inbound_max_connections
        if is_full:
            return _Busy()
        made: _Smtp | _Lmtp = (_Lmtp if self._door is Door.LMTP else _Smtp)(
            self,
            hostname=self._settings.bounce_domain or self._settings.public_host,
            ident="newsletter",
            data_size_limit=self._settings.inbound_max_bytes,
            enable_SMTPUTF8=True,
            timeout=self._settings.inbound_timeout.total_seconds(),
            tls_context=self._tls,
        )
        made.when_lost = self.conversations.discard
        self.conversations.add(made)
        return made

    async def handle_EHLO(  # noqa: N802 -- the hook's name is aiosmtpd's
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,  # noqa: ARG002
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        return answer_to_hello(session, hostname, responses, "PIPELINING", "ENHANCEDSTATUSCODES")

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not self._is_ours(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return _OK

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        """LMTP wants one reply for each recipient [RFC 2033 4.2]."""
        recipients = tuple(envelope.rcpt_tos)
        sender = (envelope.mail_from or "").strip("<>")
        reply = await self._keep(sender, recipients, envelope.original_content)
        count = len(recipients) if self._door is Door.LMTP else 1
        return "\r\n".join([reply] * count)

    async def _keep(self, sender: str, recipients: tuple[str, ...], content: Any) -> str:
        try:
            await self._storekeeper.keep(Arrival(self._door, bytes(content), sender, recipients))
        except Exception as error:  # noqa: BLE001  the other side keeps it and comes again
            with telemetry.wide_event("inbound message not stored") as event:
                event.add(error=type(error).__name__, size_bytes=len(content))
            return "451 4.3.0 It can't be stored now. Try again later."
        return "250 2.0.0 Ok: stored"

    def _is_ours(self, address: str) -> bool:
        if address.lower() in self._settings.accepted_addresses:
            return True
        return read_verp(address, self._settings.secret_keys) is not None


class _Lasting:
    """A conversation that ends in time, however slowly the other side sends."""

    line_length_limit = 1_000_000
    """Reports have longer lines than mail may have, and what is refused here is lost to us."""
    when_lost: Callable[[Any], None]
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        loop = asyncio.get_running_loop()
        self._end = self._end or loop.call_later(LONGEST_CONVERSATION_S, transport.close)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)  # type: ignore[misc]
        if self._end is not None:
            self._end.cancel()
        self.when_lost(self)


class _Smtp(_Lasting, SMTP):
    pass


class _Lmtp(_Lasting, LMTP):
    pass


class _Busy(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        transport.write(b"421 4.3.2 Too many connections. Try again later.\r\n")
        transport.close()

"""Handing messages to the relay: one connection a thread, kept from message to message."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from newsletter.config import Settings
from newsletter.domain.deliveries import Outcome, RelayTrouble
from newsletter.domain.errors import Misconfigured
from newsletter.domain.smtp_replies import Stage
from newsletter.mail.client import Envelope, SmtpClient, timeouts_from
from newsletter.mail.dkim import DkimKey, author_domain, load_dkim_key, sign
from newsletter.mail.relay import Relay, relay_from


class Transmitter:
    """Settings that can't work are the relay's trouble: said to the operator, and no mail lost."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._local = threading.local()
        self._clients: list[SmtpClient] = []
        self._lock = threading.Lock()

    @cached_property
    def relay(self) -> Relay:
        return relay_from(self._settings)

    @cached_property
    def dkim_key(self) -> DkimKey | None:
        return load_dkim_key(self._settings)

    @property
    def relay_name(self) -> str:
        """Under which its troubles are noted."""
        try:
            return self.relay.name
        except Misconfigured:
            return "no relay"

    def hand_over(
        self,
        envelope: Envelope,
        message: bytes,
        now: datetime,
        may_finish: Callable[[], bool] = lambda: True,
    ) -> Outcome:
        """`message` is complete but for its DKIM signature."""
        try:
            signed = self._signed(message, now)
            client = self._client()
        except Misconfigured as error:
            return RelayTrouble(Stage.CONNECT, str(error), is_refused_login=True)
        return client.send(envelope, signed, may_finish)

    def close(self) -> None:
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()

    def _signed(self, message: bytes, now: datetime) -> bytes:
        if self.dkim_key is None:
            return message
        domain = self._settings.dkim_domain or author_domain(message)
        return sign(message, self.dkim_key, domain, now)

    def _client(self) -> SmtpClient:
        client: SmtpClient | None = getattr(self._local, "client", None)
        if client is None:
            client = SmtpClient(self.relay, timeouts_from(self._settings))
            self._local.client = client
            with self._lock:
                self._clients.append(client)
        return client

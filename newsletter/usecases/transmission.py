"""Handing messages to the relays: what a worker process has for it, made at first use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from newsletter.config import Settings
from newsletter.domain.deliveries import Outcome, RelayTrouble
from newsletter.domain.errors import Misconfigured
from newsletter.domain.smtp_replies import Stage
from newsletter.mail.copies import Desk
from newsletter.mail.courier import Courier
from newsletter.mail.dkim import DkimKey, author_domain, load_dkim_key, sign
from newsletter.mail.envelope import Envelope
from newsletter.mail.relay import Relay, relay_from
from newsletter.mail.timeouts import timeouts_from


class Transmitter:
    """Settings that can't work are the relay's trouble: said to the operator, and no mail lost."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def courier(self) -> Courier:
        return Courier(timeouts_from(self._settings))

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
        """One message, complete but for its DKIM signature; waits for what becomes of it."""
        try:
            signed = self.signed(message, now)
            return self.courier.send(self.relay, envelope, signed, may_finish)
        except Misconfigured as error:
            return RelayTrouble(Stage.CONNECT, str(error), is_refused_login=True)

    def submit(self, relay: Relay, desk: Desk) -> None:
        self.courier.submit(relay, desk)

    def signed(self, message: bytes, now: datetime) -> bytes:
        """Raises Misconfigured."""
        if self.dkim_key is None:
            return message
        domain = self._settings.dkim_domain or author_domain(message)
        return sign(message, self.dkim_key, domain, now)

    def close(self) -> None:
        self.courier.close()

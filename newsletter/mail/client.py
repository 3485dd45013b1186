"""The one door to SMTP: a message and an envelope in, an outcome out; never an exception for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from newsletter.domain.deliveries import Outcome, RelayTrouble, Uncertain
from newsletter.mail.connection import Connection, Timeouts, timeouts_from
from newsletter.mail.envelope import Envelope
from newsletter.mail.greeting import greet
from newsletter.mail.relay import Relay
from newsletter.mail.steps import ConversationBroken, Refused, Session, Stale
from newsletter.mail.transaction import hand_over, quit_politely

__all__ = ["Envelope", "SmtpClient", "Timeouts", "always", "timeouts_from"]

_GOODBYE = Timeouts(connect=timedelta(seconds=2), command=timedelta(seconds=2))


def always() -> bool:
    return True


class SmtpClient:
    """One connection to `relay`, opened on demand and kept. For one thread; not thread-safe."""

    def __init__(self, relay: Relay, timeouts: Timeouts) -> None:
        self.relay = relay
        self._timeouts = timeouts
        self._open: tuple[Connection, Session] | None = None

    def send(
        self, envelope: Envelope, message: bytes, may_finish: Callable[[], bool] = always
    ) -> Outcome:
        """Hands over a complete message with CRLF line ends.

        `may_finish` is asked right before the final dot: False breaks off, with Withheld. What it
        raises goes through, after breaking off.
        """
        try:
            try:
                outcome = self._send(envelope, message, may_finish)
            except Stale:
                outcome = self._send(envelope, message, may_finish)
        except Refused as refused:
            outcome = refused.trouble
        return self._named(outcome)

    def close(self) -> None:
        """Says QUIT; of no consequence if nobody hears it."""
        if self._open is not None:
            connection, _ = self._open
            connection.timeouts = _GOODBYE
            try:
                connection.run(quit_politely())
            except ConversationBroken:
                pass
            finally:
                self._drop()

    def _send(self, envelope: Envelope, message: bytes, may_finish: Callable[[], bool]) -> Outcome:
        connection, session = self._open or self._connect()
        try:
            outcome = connection.run(hand_over(session, envelope, message, may_finish))
        except BaseException:
            # Even an interruption from outside: replies would be taken for those of the next one.
            self._drop()
            raise
        if not session.is_usable:
            self._drop()
        return outcome

    def _connect(self) -> tuple[Connection, Session]:
        connection = Connection(self.relay, self._timeouts)
        try:
            session = connection.run(greet(self.relay))
        except BaseException:
            connection.close()
            raise
        self._open = connection, session
        return self._open

    def _drop(self) -> None:
        if self._open is not None:
            self._open[0].close()
            self._open = None

    def _named(self, outcome: Outcome) -> Outcome:
        """Trouble is told to an operator, who has to know with whom."""
        if isinstance(outcome, RelayTrouble):
            detail = f"The relay {self.relay.name}: {outcome.detail}"
            return replace(outcome, detail=_as_sentence(detail))
        if isinstance(outcome, Uncertain):
            detail = f"The relay {self.relay.name}, {outcome.detail}"
            return replace(outcome, detail=_as_sentence(detail))
        return outcome


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."

"""What dialogues are put together from, and the client that holds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from newsletter.domain.outcomes import Outcome, RelayTrouble
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.courier import Courier
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts
from tests.support.smtp.dialogue import Dialogue

ENVELOPE = Envelope("news@b.example", "ann@r.example")
OTHER = Envelope("news@b.example", "bob@r.example")
MESSAGE = b"Subject: Hi\r\n\r\nText\r\n"
SHORT = timedelta(milliseconds=250)

HELLO = """
    S: 220 relay.example ready
    C: EHLO client.example
    S: 250-relay.example greets you
    S: 250-SIZE 1000
    S: 250 PIPELINING
"""
STEPWISE_HELLO = """
    S: 220 relay.example ready
    C: EHLO client.example
    S: 250 relay.example greets you
"""
ASKED = """
    C: MAIL FROM:<news@b.example> SIZE=*
    C: RCPT TO:<*@r.example>
    C: DATA
"""
TAKEN = """
    S: 250 2.1.0 Ok
    S: 250 2.1.5 Ok
    S: 354 Go on
    C: (text)
    S: 250 2.0.0 Ok: queued as ABC
"""
BYE = """
    C: QUIT
    S: 221 Bye
    C: (end)
"""


REFUSED_WITH_354 = """
    S: 250 Ok
    S: 550 5.1.1 No such user
    S: 354 Go on, to nobody
    C: .
    S: 554 5.5.1 No valid recipients
"""
REFUSED = """
    S: 250 Ok
    S: 550 5.1.1 No such user
    S: 503 5.5.1 Need RCPT
"""
AFTER_RESET = """
    C: RSET
    C: MAIL FROM:<news@b.example> SIZE=*
    C: RCPT TO:<bob@r.example>
    C: DATA
    S: 250 Reset
"""
UP_TO_THE_DOT = HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: 354 Go on\n"


class SmtpClient:
    """One connection to one relay, message after message."""

    def __init__(self, relay: Relay, timeouts: Timeouts) -> None:
        self._relay = replace(relay, connections=1)
        self._courier = Courier(timeouts)

    def send(
        self, envelope: Envelope, message: bytes, may_finish: Callable[[], bool] = lambda: True
    ) -> Outcome:
        return self._courier.send(self._relay, envelope, message, may_finish)

    def close(self) -> None:
        self._courier.close()


def a_client(server: Dialogue, timeouts: Timeouts | None = None, **relay: object) -> SmtpClient:
    settings: dict[str, object] = {"starttls_required": False, "ehlo_name": "client.example"}
    where = Relay("127.0.0.1", server.port, **{**settings, **relay})  # type: ignore[arg-type]
    return SmtpClient(where, timeouts or Timeouts())


def outcome_of_dialogue(script: str, timeouts: Timeouts | None = None) -> Outcome:
    with Dialogue(script) as server:
        client = a_client(server, timeouts)
        outcome = client.send(ENVELOPE, MESSAGE)
        client.close()
    return outcome


def trouble_of(script: str, timeouts: Timeouts | None = None) -> RelayTrouble:
    outcome = outcome_of_dialogue(script, timeouts)
    assert isinstance(outcome, RelayTrouble), outcome
    return outcome

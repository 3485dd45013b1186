"""What dialogues are put together from, and the client that holds them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from newsletter.domain.delivery.outcomes import Outcome, RelayTrouble
from newsletter.domain.delivery.pipelining import Pipelining
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.copies import Copy
from newsletter.mail.smtp.courier import Courier
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts
from tests.support.smtp.dialogue import GUARD_S, Dialogue

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

    def send_all(self, envelopes: Sequence[Envelope], message: bytes = MESSAGE) -> list[Outcome]:
        """All that wait at once, so that each may follow right behind the dot before it."""
        copies = WaitingCopies(envelopes, message)
        self._courier.submit(self._relay, copies)
        assert copies.are_settled.wait(GUARD_S), f"settled: {copies.outcomes}"
        self._courier.raise_if_broken()
        return [copies.outcomes[index] for index in range(len(envelopes))]

    def close(self) -> None:
        self._courier.close()


class WaitingCopies:
    """A source of one message to many. `outcomes` are by the index of the envelope."""

    def __init__(self, envelopes: Sequence[Envelope], message: bytes) -> None:
        self._left = deque(enumerate(envelopes))
        self._message = message
        self._open = len(envelopes)
        self.outcomes: dict[int, Outcome] = {}
        self.are_settled = threading.Event()

    @property
    def waiting(self) -> int:
        return len(self._left)

    def take(self) -> Copy | None:
        if not self._left:
            return None
        index, envelope = self._left.popleft()
        return Copy(envelope, self._message, self, index)

    def may_finish(self, copy: Copy) -> bool:
        return True

    def before_dot(self, copy: Copy) -> bool:
        return True

    def resumes(self, copy: Copy) -> bool:
        return True

    def done(self, copy: Copy, outcome: Outcome) -> None:
        assert copy.key not in self.outcomes, "settled twice"
        self.outcomes[copy.key] = outcome
        if len(self.outcomes) == self._open:
            self.are_settled.set()

    def refuse(self, trouble: RelayTrouble) -> None:
        while (copy := self.take()) is not None:
            self.done(copy, trouble)


def a_client(server: Dialogue, timeouts: Timeouts | None = None, **relay: object) -> SmtpClient:
    """For a relay that is known to take pipelining, unless `pipelining` says otherwise."""
    settings: dict[str, object] = {"starttls_required": False, "ehlo_name": "client.example"}
    settings["pipelining"] = Pipelining.FULL
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

"""Hands messages to the relays. Connections, pace and keys are opened at first use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.delivery.pace import Pacer, Reservation
from newsletter.delivery.refusal_runs import RefusalRuns
from newsletter.delivery.relay_lessons import RelayLessons
from newsletter.delivery.window_sizes import WindowSizes
from newsletter.domain.delivery.outcomes import Outcome, Paced, RelayTrouble, Withheld
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.domain.errors import Misconfigured
from newsletter.mail.dkim.signers import Signers, signers_from
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.courier import Courier
from newsletter.mail.smtp.relay import NO_RELAY, machine_name, relays_from
from newsletter.mail.smtp.timeouts import timeouts_from
from newsletter.store.newsletters import all_newsletters
from newsletter.usecases.context import Context

WAIT_FOR_RELAY_S = 3.0
"""How long to wait for relay capacity before a single mail is deferred."""


class Transmitter:
    """Shared by the threads of a worker process. Use it only after the fork.

    Wrong settings count as relay trouble: the operator sees them, and no mail is lost.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.lessons = RelayLessons(context)
        self.courier = Courier(timeouts_from(context.settings), self.lessons.learner_of)
        self.window_sizes = WindowSizes()
        self.refusals = RefusalRuns()
        self._made = threading.Lock()
        self._pacer: Pacer | None = None
        self._signers: Signers | None = None

    @property
    def pacer(self) -> Pacer:
        """Raises Misconfigured."""
        with self._made:
            if self._pacer is None:
                relays = relays_from(self._context.settings, _own_name(self._context))
                self._pacer = Pacer(self._context, relays)
            return self._pacer

    def hand_over(
        self,
        envelope: Envelope,
        message: bytes,
        now: datetime,
        may_finish: Callable[[], bool] = lambda: True,
    ) -> tuple[str, Outcome]:
        """Signs and sends one message. Returns the relay's name and the outcome.

        `message` is complete except for its DKIM signature. `may_finish` is asked right before the
        final dot; False withholds the message.
        """
        reservation = None
        try:
            reservation = self._reserve_one()
            if reservation.relay is None:
                return NO_RELAY, Paced(timedelta(seconds=reservation.wait_s), reservation.reason)
            signed = self.signed(message, now)
            outcome = self.courier.send(reservation.relay, envelope, signed, may_finish)
            self.lessons.keep()
        except Misconfigured as error:
            name = reservation.relay.name if reservation and reservation.relay else NO_RELAY
            return name, RelayTrouble(Stage.CONNECT, str(error), is_refused_login=True)
        name, domain = reservation.relay.name, envelope.recipient.rpartition("@")[2].lower()
        outcome = self.refusals.note(name, domain, outcome) or outcome
        if isinstance(outcome, RelayTrouble | Withheld):
            self.pacer.give_back(reservation, 1)
        return name, outcome

    def signed(self, message: bytes, now: datetime) -> bytes:
        """Raises Misconfigured."""
        return self._ready_signers().sign(message, now) + message

    def close(self) -> None:
        self.courier.close()
        if self._pacer is not None:
            self._pacer.close()

    def _reserve_one(self) -> Reservation:
        give_up_at_s = time.monotonic() + WAIT_FOR_RELAY_S
        while True:
            reservation = self.pacer.reserve(1)
            if reservation.count or time.monotonic() + reservation.wait_s > give_up_at_s:
                return reservation
            time.sleep(reservation.wait_s)

    def _ready_signers(self) -> Signers:
        with self._made:
            if self._signers is None:
                self._signers = signers_from(self._context.settings)
            return self._signers


def _own_name(context: Context) -> str:
    """What to call ourselves before strangers: a domain that is known in DNS, if there is one.

    The sender's domain, or the full name of the machine; some servers refuse "localhost".
    """
    with context.database.read() as session:
        newsletters = all_newsletters(session)
    domains = (one.sender_address.rpartition("@")[2] for one in newsletters)
    return next(filter(None, domains), "") or machine_name()

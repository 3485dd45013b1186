"""Delivers one mail of the outbox. It is rendered, with its token, when it is sent."""

from __future__ import annotations

import time

from newsletter.delivery.judge_attempt import (
    judge_attempt,
    record_relay_trouble,
    record_throttling,
)
from newsletter.delivery.leases import Leases
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.outcomes import (
    Outcome,
    Paced,
    RelayTrouble,
    Throttled,
    Unsendable,
    Withheld,
)
from newsletter.domain.delivery.relay_pace import grown_relay
from newsletter.domain.errors import NewsletterError
from newsletter.mail.smtp.relay import relay_names
from newsletter.store import outbox
from newsletter.store.models import OutboxMessage
from newsletter.store.sending import learned_paces, relay_pauses
from newsletter.store.sending.ledger import AttemptRecord
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.outbox.mail import Gone, Mail


def deliver_outbox(
    context: Context, transmitter: Transmitter, leases: Leases, outbox_id: int
) -> str:
    """Returns the new state of the mail, or "not ours" when another worker has it."""
    lease = ("outbox", outbox_id)
    asked_at_s = time.monotonic()
    claimed = _claim(context, leases, outbox_id)
    if claimed is None:
        return "not ours"
    leases.record([lease], asked_at_s)
    try:
        mail = _compose(context, claimed)
        if isinstance(mail, AttemptRecord):
            return _record(context, leases, outbox_id, mail)
        relay, outcome = transmitter.hand_over(
            mail.envelope,
            mail.message,
            context.now(),
            may_finish=lambda: leases.is_valid(lease),
        )
        return _judge(context, leases, claimed, mail, relay, outcome)
    finally:
        leases.drop([lease])


def _claim(context: Context, leases: Leases, outbox_id: int) -> OutboxMessage | None:
    now = context.now()
    with context.database.write() as session:
        if relay_pauses.pause_of_all(session, now, relay_names(context.settings)):
            return None
        return outbox.claim(session, outbox_id, leases.owner, now, now + leases.duration)


def _compose(context: Context, claimed: OutboxMessage) -> Mail | AttemptRecord:
    """A record instead of a mail when there is no reason to send it, or it can't be made."""
    try:
        return compose_mail(context, claimed)
    except Gone as gone:
        return AttemptRecord(gone.state, detail=str(gone), is_attempt=False)
    except NewsletterError as error:
        return AttemptRecord(DeliveryState.FAILED, detail=str(error), is_attempt=False)


def _judge(  # noqa: PLR0913, PLR0917  the facts of one attempt
    context: Context,
    leases: Leases,
    claimed: OutboxMessage,
    mail: Mail,
    relay: str,
    outcome: Outcome,
) -> str:
    now = context.now()
    record = judge_attempt(
        context.settings, outcome, claimed.attempts, now, claimed.expires_at, context.draw()
    )
    with context.database.write() as session:
        outbox.record_attempt(session, claimed.id, leases.owner, record, now)
        if isinstance(outcome, RelayTrouble):
            record_relay_trouble(session, context.settings, relay, outcome, now)
        elif isinstance(outcome, Throttled):
            record_throttling(session, relay, outcome, 0, now)
        elif not isinstance(outcome, Unsendable | Paced | Withheld):
            relay_pauses.clear_trouble(session, relay)
            learned_paces.record_progress(session, relay, lambda pace: grown_relay(pace, now))
        if record.state is DeliveryState.ACCEPTED and mail.on_accepted:
            mail.on_accepted(session)
    return record.state.value


def _record(context: Context, leases: Leases, outbox_id: int, record: AttemptRecord) -> str:
    with context.database.write() as session:
        outbox.record_attempt(session, outbox_id, leases.owner, record, context.now())
    return record.state.value

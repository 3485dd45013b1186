"""From an attempt's outcome to what the ledger records: state, time of the next try, pauses."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.config import Settings
from newsletter.domain.delivery.deliveries import DeliveryState, UncertainPolicy
from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Outcome,
    Paced,
    Rejected,
    RelayTrouble,
    Throttled,
    Uncertain,
    Unsendable,
)
from newsletter.domain.delivery.relay_pace import slowed_relay
from newsletter.domain.delivery.retries import relay_pause, wait_before_retry
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.mail.smtp.relay import NO_RELAY
from newsletter.store.sending import learned_paces
from newsletter.store.sending.ledger import AttemptRecord
from newsletter.store.sending.relay_pauses import record_trouble
from newsletter.usecases.context import Context


def judge_attempt(  # noqa: PLR0911, PLR0913, PLR0917  one for each outcome, the facts of one attempt
    settings: Settings,
    outcome: Outcome,
    attempts: int,
    now: datetime,
    expires_at: datetime,
    draw: float,
) -> AttemptRecord:
    """`attempts` are the ones before this. `draw`, from 0 up to 1, is the jitter of the retry."""
    match outcome:
        case Accepted(reply, queue_id):
            return AttemptRecord(DeliveryState.ACCEPTED, reply=reply, queue_id=queue_id)
        case Rejected(reply, stage):
            return AttemptRecord(DeliveryState.FAILED, reply=reply, stage=stage)
        case Deferred(reply, stage):
            # A retry after the expiry is left to the sweeper, which expires it.
            due_at = min(now + _wait(settings, attempts + 1, draw), expires_at)
            return AttemptRecord(DeliveryState.DEFERRED, reply=reply, stage=stage, due_at=due_at)
        case Uncertain(detail):
            resend = settings.uncertain is UncertainPolicy.RESEND
            retry_at = now + _wait_after_loss(settings, attempts + 1) if resend else None
            return AttemptRecord(DeliveryState.UNCERTAIN, detail=detail, due_at=retry_at)
        case Unsendable(detail):
            return AttemptRecord(DeliveryState.FAILED, detail=detail)
        case Paced(wait, reason):
            due_at = min(now + wait, expires_at)
            return AttemptRecord(
                DeliveryState.DEFERRED, detail=reason, due_at=due_at, is_attempt=False
            )
        case RelayTrouble(Stage.DATA | Stage.DOT, detail) if not outcome.is_about_us:
            # This message may be what the relay can't handle, so others go first next time.
            due_at = min(now + _wait_after_loss(settings, attempts + 1), expires_at)
            return AttemptRecord(DeliveryState.DEFERRED, detail=detail, due_at=due_at)
        case RelayTrouble(detail=detail) | Throttled(detail=detail):
            return AttemptRecord(DeliveryState.PENDING, detail=detail, is_attempt=False)
        case _:
            return AttemptRecord(DeliveryState.PENDING, is_attempt=False)


def record_relay_trouble(
    session: Session, settings: Settings, relay: str, trouble: RelayTrouble, now: datetime
) -> datetime:
    """Pauses the relay and returns the end of the pause. Editors see the reason. Locks its row."""
    return record_trouble(
        session, relay, trouble.detail, now, lambda times: _wait_after_loss(settings, times)
    )


def record_throttling(
    session: Session, relay: str, throttled: Throttled, accepted: int, now: datetime
) -> None:
    """Slows the relay. Operators see the reason. `accepted` copies of that window were taken."""
    learned_paces.record_complaint(
        session,
        relay,
        f"The relay {relay}: {throttled.detail}",
        lambda pace: slowed_relay(pace, accepted, now),
    )


def record_missing_relay(context: Context, reason: str) -> None:
    """Records that the settings name no usable relay, as a pause under the name NO_RELAY."""
    trouble = RelayTrouble(Stage.CONNECT, reason, is_refused_login=True)
    with context.database.write() as session:
        record_relay_trouble(session, context.settings, NO_RELAY, trouble, context.now())


def _wait_after_loss(settings: Settings, times: int) -> timedelta:
    """A relay is usually back soon: the first pause is short, and each further one doubles."""
    return relay_pause(times, settings.relay_backoff, settings.relay_backoff_limit)


def _wait(settings: Settings, attempts: int, draw: float) -> timedelta:
    return wait_before_retry(attempts, settings.retry_schedule, settings.retry_jitter_percent, draw)

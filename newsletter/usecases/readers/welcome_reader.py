"""Puts a welcome or farewell mail in the outbox, if the settings ask for one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import Subscription
from newsletter.store.outbox import add_to_outbox
from newsletter.usecases.context import Context


def welcome_reader(
    context: Context, session: Session, subscription: Subscription
) -> tuple[int, ...]:
    """The id of the outbox row, or ()."""
    if not context.settings.welcome_mail:
        return ()
    return (_put(context, session, subscription, OutboxKind.WELCOME),)


def farewell_reader(
    context: Context, session: Session, subscription: Subscription
) -> tuple[int, ...]:
    if not context.settings.farewell_mail:
        return ()
    return (_put(context, session, subscription, OutboxKind.FAREWELL),)


def _put(context: Context, session: Session, subscription: Subscription, kind: OutboxKind) -> int:
    now = context.now()
    return add_to_outbox(
        session,
        kind,
        now=now,
        expires_at=now + context.settings.outbox_expiry,
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        payload={"subscription_id": subscription.id},
    )

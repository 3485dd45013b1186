"""An editor has the confirmation mailed again to someone who signed up and never confirmed."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import inbox_of
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Consent
from newsletter.store.outbox import add_to_outbox
from newsletter.store.readers.inbox_allowances import claim_mail_to_inbox
from newsletter.store.readers.subscriptions import claim_confirmation_of_day
from newsletter.store.readers.suppressions import is_suppressed
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import (
    SubscriberRecord,
    hash_address,
    load_subscriber,
    record_for_subscriber,
)
from newsletter.usecases.readers.sign_up import CONFIRMATIONS_OF_INBOX


def send_confirmation_again(
    context: Context, slug: str, subscriber_id: int, principal: Principal
) -> list[int]:
    """The outbox ids to wake. At most one a day, as for strangers: raises Conflict."""
    require_for_newsletter(context, principal, "send_confirmation_again", slug)
    now = context.now()
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        _require_waiting(context, session, reader)
        _claim(context, session, reader)
        record_for_subscriber(
            context, session, reader, principal, Action.SUBSCRIBER_CONFIRMATION_SENT_AGAIN
        )
        return [
            add_to_outbox(
                session,
                OutboxKind.CONFIRMATION,
                now=now,
                expires_at=now + context.settings.outbox_expiry,
                newsletter_id=reader.newsletter.id,
                subscriber_id=subscriber_id,
                payload={"subscription_id": reader.subscription.id},
            )
        ]


def _require_waiting(context: Context, session: Session, reader: SubscriberRecord) -> None:
    address = hash_address(context, reader.address)
    asked = exists().where(
        Consent.subscription_id == reader.subscription.id, Consent.kind == ConsentKind.ASKED
    )
    is_waiting = reader.subscription.state == SubscriptionState.PENDING
    if not is_waiting or not session.scalar(select(asked)):
        raise Conflict("Only someone who signed up and has not confirmed gets a confirmation.")
    if is_suppressed(session, address, reader.newsletter.id):
        raise Conflict("This address is suppressed. It gets no mail.")


def _claim(context: Context, session: Session, reader: SubscriberRecord) -> None:
    today = context.now().date()
    inbox = hash_address(context, inbox_of(reader.address)).current
    if not claim_confirmation_of_day(
        session, reader.subscription.id, today
    ) or not claim_mail_to_inbox(session, inbox, today, CONFIRMATIONS_OF_INBOX):
        raise Conflict(
            "A confirmation was sent to this address today.",
            advice="Wait until tomorrow: more than one a day looks like spam.",
        )

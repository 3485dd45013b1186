"""Signs an address up: mails a confirmation, or nothing.

The answer reveals nothing about the address. The result shows only in its inbox.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.newsletters.newsletter import NewsletterProfile, require_open
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import inbox_of, parse_address
from newsletter.domain.readers.consent import (
    RECEIVING,
    WORDING_VERSION,
    ConsentKind,
    SubscriptionState,
    signup_wording,
    wording_hash,
)
from newsletter.domain.readers.reader_sections import tags_after_choice
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change
from newsletter.store.models import Subscription
from newsletter.store.outbox import add_to_outbox
from newsletter.store.readers.inbox_allowances import claim_mail_to_inbox
from newsletter.store.readers.states import change_state
from newsletter.store.readers.subscriptions import (
    claim_confirmation_of_day,
    ensure_subscriber,
    ensure_subscription,
    record_consent,
)
from newsletter.store.readers.suppressions import is_suppressed
from newsletter.urls import signup_url
from newsletter.usecases.context import Context
from newsletter.usecases.readers.find_subscriber import hash_address

CONFIRMATIONS_OF_INBOX = 5
"""A day, for all newsletters and all tags: victim+1@ and victim+2@ are one person."""


class _InboxHasEnough(Exception):
    """Takes back what the signup stored so far."""


@dataclass(frozen=True, slots=True)
class _Signup:
    address: str
    client_address: str
    sections: Collection[str] | None = None


def sign_up(
    context: Context,
    profile: NewsletterProfile,
    typed_address: str,
    client_address: str,
    sections: Collection[str] | None = None,
) -> list[int]:
    """The ids of the outbox rows. Of someone who is subscribed no choice changes: anyone can type
    an address here.

    `sections` are those that are wanted; None where nobody was asked. Raises InvalidInput for an
    invalid address, and CannotMail.

    An inbox that got enough confirmations today gets none, and nothing is stored.
    """
    require_open(profile)
    signup = _Signup(parse_address(typed_address), client_address, sections)
    try:
        return _sign_up(context, profile, signup)
    except _InboxHasEnough:
        return []


def _sign_up(context: Context, profile: NewsletterProfile, signup: _Signup) -> list[int]:
    address = signup.address
    with context.database.write() as session:
        if is_suppressed(session, hash_address(context, address), profile.id):
            return []
        subscription = _subscription_of(context, session, profile, address)
        if subscription.state in RECEIVING:
            return []
        today = context.now().date()
        if not claim_confirmation_of_day(session, subscription.id, today):
            return []
        inbox = hash_address(context, inbox_of(address)).current
        if not claim_mail_to_inbox(session, inbox, today, CONFIRMATIONS_OF_INBOX):
            raise _InboxHasEnough
        return [_ask(context, session, profile, subscription, signup)]


def _subscription_of(
    context: Context, session: Session, profile: NewsletterProfile, address: str
) -> Subscription:
    subscriber = ensure_subscriber(session, address, context.now())
    return ensure_subscription(session, profile.id, subscriber.id, context.now())


def _ask(
    context: Context,
    session: Session,
    profile: NewsletterProfile,
    subscription: Subscription,
    signup: _Signup,
) -> int:
    now, reader = context.now(), Principal.reader(subscription.subscriber_id)
    if subscription.state != SubscriptionState.PENDING:
        change = Change(Action.SUBSCRIBER_ASKED_AGAIN, reader, now)
        change_state(session, subscription, SubscriptionState.PENDING, change, how="asked again")
    record_consent(
        session,
        subscription.id,
        ConsentKind.ASKED,
        at=now,
        how="signup page",
        actor=reader.name,
        form_url=signup_url(context.settings.public_url, profile.slug),
        wording_hash=wording_hash(signup_wording(profile.name)),
        wording_version=WORDING_VERSION,
        client_address=signup.client_address,
    )
    if signup.sections is not None:
        subscription.tags = tags_after_choice(subscription.tags, profile.sections, signup.sections)
    return add_to_outbox(
        session,
        OutboxKind.CONFIRMATION,
        now=now,
        expires_at=now + context.settings.outbox_expiry,
        newsletter_id=profile.id,
        subscriber_id=subscription.subscriber_id,
        payload={"subscription_id": subscription.id},
    )

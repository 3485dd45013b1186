"""What an unsubscribe link leads on to: a pause instead, and for an hour the way back.

Unsubscribe links never expire, and travel with mail that is forwarded or archived. So anyone who
has one learns no address and no name, and gets no link that lasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.addresses import masked_address
from newsletter.domain.readers.consent import RECEIVING, ConsentKind, SubscriptionState
from newsletter.domain.staff.principals import Principal
from newsletter.signing import ExpiredToken, InvalidToken
from newsletter.store.events import Change
from newsletter.store.models import Newsletter, Subscriber, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.store.readers.states import change_state
from newsletter.store.readers.subscriptions import record_consent, subscription_with_reader
from newsletter.urls import unsubscribe_url
from newsletter.usecases.context import Context

RETURN_LIFETIME = timedelta(hours=1)
"""After leaving, and of the token."""


@dataclass(frozen=True, slots=True)
class Returned:
    profile: NewsletterProfile
    masked_address: str
    state: SubscriptionState


def can_return(context: Context, subscription: Subscription) -> bool:
    has_left = subscription.state == SubscriptionState.UNSUBSCRIBED
    return has_left and context.now() - subscription.state_at < RETURN_LIFETIME


def return_token(context: Context, subscription: Subscription) -> str:
    return context.signer.sign_return(subscription.id, _left_at_s(subscription))


def come_back(context: Context, token: str, client_address: str) -> Returned:
    """Takes back the leaving that the token is about, and no other. Can be repeated.

    A new signup is confirmed by its own mail only.

    Raises InvalidToken, and Conflict for a suppressed address.
    """
    with _changing(context, token) as (session, found, left_at_s):
        subscription, subscriber, newsletter = found
        if _left_at_s(subscription) not in (0, left_at_s):
            raise ExpiredToken("This link has expired.")
        if subscription.state != SubscriptionState.PENDING:
            form_url = unsubscribe_url(context.settings.public_url, "")
            resume_consent(context, session, subscription, form_url, client_address)
        return _returned(subscription, subscriber, newsletter)


def pause_instead(context: Context, token: str) -> Returned:
    """Pauses who gets issues. Anyone else stays as they are. Raises InvalidToken."""
    with _changing(context, token) as (session, found, _):
        subscription, subscriber, newsletter = found
        if subscription.state == SubscriptionState.ACTIVE:
            who = Principal.reader(subscription.subscriber_id)
            change = Change(Action.SUBSCRIBER_PAUSED, who, context.now())
            change_state(session, subscription, SubscriptionState.PAUSED, change, how="paused")
        return _returned(subscription, subscriber, newsletter)


def resume_consent(
    context: Context,
    session: Session,
    subscription: Subscription,
    form_url: str,
    client_address: str,
) -> None:
    """Needs no new confirmation, because the token was mailed to this address.

    Does nothing if they get issues or have paused. Raises Conflict for a suppressed address.
    """
    if subscription.state == SubscriptionState.SUPPRESSED:
        raise Conflict(
            "You can't subscribe again here.",
            advice="Sign up again on the signup page, or contact the editor.",
        )
    if subscription.state in RECEIVING:
        return
    who = Principal.reader(subscription.subscriber_id)
    change = Change(Action.SUBSCRIBER_CAME_BACK, who, context.now())
    change_state(session, subscription, SubscriptionState.ACTIVE, change, how="subscribed again")
    record_consent(
        session,
        subscription.id,
        ConsentKind.CONFIRMED,
        at=context.now(),
        how="subscribed again with a link from an email",
        actor=who.name,
        form_url=form_url,
        client_address=client_address,
    )


@contextmanager
def _changing(
    context: Context, token: str
) -> Iterator[tuple[Session, tuple[Subscription, Subscriber, Newsletter], int]]:
    subscription_id, left_at_s = context.signer.read_return(token, RETURN_LIFETIME)
    with context.database.write() as session:
        found = subscription_with_reader(session, subscription_id, lock=True)
        if found is None or found[1].erased_at is not None:
            raise InvalidToken("This link is no longer valid.", advice="You can sign up again.")
        yield session, found, left_at_s


def _left_at_s(subscription: Subscription) -> int:
    has_left = subscription.state == SubscriptionState.UNSUBSCRIBED
    return int(subscription.state_at.timestamp()) if has_left else 0


def _returned(
    subscription: Subscription, subscriber: Subscriber, newsletter: Newsletter
) -> Returned:
    return Returned(
        profile=profile_of(newsletter),
        masked_address=masked_address(subscriber.address or ""),
        state=SubscriptionState(subscription.state),
    )

"""A reader follows the link of the confirmation mail; the button on its page confirms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.consent import RECEIVING, ConsentKind, SubscriptionState
from newsletter.domain.staff.principals import Principal
from newsletter.signing import InvalidToken
from newsletter.store.events import Change
from newsletter.store.models import Subscription
from newsletter.store.newsletters import profile_of
from newsletter.store.readers.states import change_state
from newsletter.store.readers.subscriptions import (
    latest_evidence_id,
    record_consent,
    subscription_with_reader,
)
from newsletter.usecases.context import Context
from newsletter.usecases.readers.welcome_reader import welcome_reader


class ConfirmationState(StrEnum):
    """What a confirmation link is good for now."""

    OPEN = "open"
    """The button confirms."""
    CONFIRMED = "confirmed"
    """It did already."""
    CLOSED = "closed"
    """Withdrawn since the mail was sent, or never to be mailed: the link does nothing."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    subscription_id: int
    profile: NewsletterProfile
    state: ConfirmationState
    outbox_ids: tuple[int, ...] = ()
    """The outbox rows that it added."""


def show_confirmation(context: Context, token: str) -> Confirmation:
    """Changes nothing, because mail scanners follow links. Raises InvalidToken."""
    subscription_id, ask_id = _read(context, token)
    with context.database.read() as session:
        return _find(session, subscription_id, ask_id)[0]


def confirm(context: Context, token: str, client_address: str) -> Confirmation:
    """Harmless when repeated: the first time counts. Raises InvalidToken."""
    subscription_id, ask_id = _read(context, token)
    with context.database.write() as session:
        found, subscription = _find(session, subscription_id, ask_id, lock=True)
        if found.state is not ConfirmationState.OPEN:
            return found
        now = context.now()
        reader = Principal.reader(subscription.subscriber_id)
        change = Change(Action.SUBSCRIBER_CONFIRMED, reader, now)
        change_state(session, subscription, SubscriptionState.ACTIVE, change, how="confirmed")
        record_consent(
            session,
            subscription_id,
            ConsentKind.CONFIRMED,
            at=now,
            how="confirmation link",
            actor=reader.name,
            client_address=client_address,
        )
        greeting = welcome_reader(context, session, subscription)
        return Confirmation(subscription_id, found.profile, ConfirmationState.CONFIRMED, greeting)


def _read(context: Context, token: str) -> tuple[int, int]:
    return context.signer.read_confirmation(token, context.settings.confirmation_expiry)


def _find(
    session: Session, subscription_id: int, ask_id: int, *, lock: bool = False
) -> tuple[Confirmation, Subscription]:
    row = subscription_with_reader(session, subscription_id, lock=lock)
    if row is None:
        raise InvalidToken("This link is no longer valid.", advice="You can sign up again.")
    subscription, _, newsletter = row
    state = _state(session, subscription, ask_id)
    return Confirmation(subscription.id, profile_of(newsletter), state), subscription


def _state(session: Session, subscription: Subscription, ask_id: int) -> ConfirmationState:
    if subscription.state in RECEIVING:
        return ConfirmationState.CONFIRMED
    left = latest_evidence_id(
        session, subscription.id, ConsentKind.WITHDRAWN, ConsentKind.SUPPRESSED
    )
    # An old mail must not bring back someone who left after it was sent.
    if subscription.state != SubscriptionState.PENDING or left > ask_id:
        return ConfirmationState.CLOSED
    return ConfirmationState.OPEN

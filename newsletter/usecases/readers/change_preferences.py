"""The subscriber's own changes: name, sections, pause, resume, unsubscribe, subscribe again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.problems import has_control_characters
from newsletter.domain.readers.consent import RECEIVING, SubscriptionState
from newsletter.domain.readers.reader_sections import muted_sections, tags_after_choice
from newsletter.domain.staff.principals import Principal
from newsletter.signing import InvalidToken
from newsletter.store.events import Change, record_change
from newsletter.store.models import Newsletter, Subscriber, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.store.readers.states import change_state
from newsletter.store.readers.subscriptions import subscription_with_reader
from newsletter.store.readers.withdrawals import withdraw
from newsletter.urls import preferences_url
from newsletter.usecases.context import Context
from newsletter.usecases.readers.come_back import resume_consent
from newsletter.usecases.readers.welcome_reader import farewell_reader

LONGEST_NAME = 100
PAGE = "preferences page"


@dataclass(frozen=True, slots=True)
class Preferences:
    """`address` is "" once the reader was erased."""

    profile: NewsletterProfile
    address: str
    name: str
    state: SubscriptionState
    state_at: datetime
    muted: tuple[str, ...]
    """Of the newsletter's sections, those that the reader does not want."""


@dataclass(frozen=True, slots=True)
class _Reader:
    session: Session
    subscription: Subscription
    subscriber: Subscriber
    newsletter: Newsletter

    @property
    def principal(self) -> Principal:
        return Principal.reader(self.subscription.subscriber_id)

    def preferences(self) -> Preferences:
        return Preferences(
            profile=profile_of(self.newsletter),
            address=self.subscriber.address or "",
            name=self.subscription.name,
            state=SubscriptionState(self.subscription.state),
            state_at=self.subscription.state_at,
            muted=muted_sections(self.subscription.tags, profile_of(self.newsletter).sections),
        )


def show_preferences(context: Context, token: str) -> Preferences:
    """Raises InvalidToken, as all of these do."""
    subscription_id = context.signer.read_preferences(token)
    with context.database.read() as session:
        return _find(session, subscription_id).preferences()


def rename(context: Context, token: str, name: str) -> Preferences:
    wanted = " ".join(name.split())
    if has_control_characters(wanted):
        raise InvalidInput("Enter the name as plain text.", field="name")
    if len(wanted) > LONGEST_NAME:
        raise InvalidInput(f"Use at most {LONGEST_NAME} characters.", field="name")
    with _changing(context, token) as reader:
        if wanted != reader.subscription.name:
            reader.subscription.name = wanted
            change = Change(Action.SUBSCRIBER_RENAMED, reader.principal, context.now())
            record_change(
                reader.session, change, reader.subscriber.id, newsletter_id=reader.newsletter.id
            )
        return reader.preferences()


def choose_sections(context: Context, token: str, wanted: Collection[str]) -> Preferences:
    """Of the newsletter's sections; those that are not wanted are muted."""
    with _changing(context, token) as reader:
        before, sections = reader.subscription.tags, profile_of(reader.newsletter).sections
        after = tags_after_choice(before, sections, wanted)
        if set(after) != set(before):
            reader.subscription.tags = after
            facts = {"muted": muted_sections(after, sections)}
            action = Action.SUBSCRIBER_SECTIONS_CHOSEN
            change = Change(action, reader.principal, context.now(), facts)
            record_change(
                reader.session, change, reader.subscriber.id, newsletter_id=reader.newsletter.id
            )
        return reader.preferences()


def pause(context: Context, token: str) -> Preferences:
    """Stops mail until the subscriber resumes. The consent stays valid."""
    return _switch(context, token, SubscriptionState.PAUSED, Action.SUBSCRIBER_PAUSED, "paused")


def resume(context: Context, token: str) -> Preferences:
    return _switch(context, token, SubscriptionState.ACTIVE, Action.SUBSCRIBER_RESUMED, "resumed")


def leave(context: Context, token: str, client_address: str) -> Preferences:
    with _changing(context, token) as reader:
        has_left = withdraw(
            reader.session,
            reader.subscription,
            who=reader.principal,
            how=PAGE,
            at=context.now(),
            client_address=client_address,
        )
        if has_left:
            farewell_reader(context, reader.session, reader.subscription)
        return reader.preferences()


def resubscribe(context: Context, token: str, client_address: str) -> Preferences:
    """Needs no new confirmation, because the token was mailed to this address.

    Raises Conflict for a suppressed address.
    """
    with _changing(context, token) as reader:
        form_url = preferences_url(context.settings.public_url, "")
        resume_consent(context, reader.session, reader.subscription, form_url, client_address)
        return reader.preferences()


def _switch(
    context: Context, token: str, after: SubscriptionState, action: Action, how: str
) -> Preferences:
    """Switches between active and paused. Does nothing in any other state."""
    with _changing(context, token) as reader:
        if reader.subscription.state in RECEIVING - {after}:
            change = Change(action, reader.principal, context.now())
            change_state(reader.session, reader.subscription, after, change, how=how)
        return reader.preferences()


@contextmanager
def _changing(context: Context, token: str) -> Iterator[_Reader]:
    subscription_id = context.signer.read_preferences(token)
    with context.database.write() as session:
        yield _find(session, subscription_id, lock=True)


def _find(session: Session, subscription_id: int, *, lock: bool = False) -> _Reader:
    row = subscription_with_reader(session, subscription_id, lock=lock)
    if row is None or row[1].erased_at is not None:
        raise InvalidToken("This link is no longer valid.", advice="You can sign up again.")
    return _Reader(session, *row)

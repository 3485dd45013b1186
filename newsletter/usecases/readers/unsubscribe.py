"""Unsubscribes a reader: by one click in the mail program, or by the button on the page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.consent import GONE
from newsletter.domain.staff.principals import Principal
from newsletter.signing import InvalidToken
from newsletter.store.models import Newsletter, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.store.readers.subscriptions import subscription_with_reader
from newsletter.store.readers.withdrawals import withdraw
from newsletter.usecases.context import Context
from newsletter.usecases.readers.come_back import can_return, return_token
from newsletter.usecases.readers.welcome_reader import farewell_reader


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """`can_return` for an hour after leaving, never for a suppressed address."""

    subscription_id: int
    profile: NewsletterProfile
    has_left: bool
    can_return: bool
    return_token: str
    outbox_ids: tuple[int, ...] = ()
    """The outbox rows that it added."""


NOBODY = 0
"""The subscription id in the doctor's token: a POST with it arrives, and unsubscribes nobody."""


def is_nobodys(context: Context, token: str) -> bool:
    """Raises InvalidToken."""
    return context.signer.read_unsubscribe(token)[0] == NOBODY


def show_unsubscribe(context: Context, token: str) -> Unsubscription:
    """Changes nothing, because mail scanners follow links. Raises InvalidToken."""
    subscription_id, _ = context.signer.read_unsubscribe(token)
    with context.database.read() as session:
        subscription, newsletter = _find(session, subscription_id)
        return _unsubscription(context, subscription, newsletter)


def unsubscribe(context: Context, token: str, how: str, client_address: str) -> Unsubscription:
    """Takes effect with the commit. Can be repeated. Raises InvalidToken."""
    subscription_id, edition_id = context.signer.read_unsubscribe(token)
    source = f"{how}, edition {edition_id}" if edition_id else how
    with context.database.write() as session:
        subscription, newsletter = _find(session, subscription_id, lock=True)
        has_left = withdraw(
            session,
            subscription,
            who=Principal.reader(subscription.subscriber_id),
            how=source,
            at=context.now(),
            client_address=client_address,
        )
        farewell = farewell_reader(context, session, subscription) if has_left else ()
        return replace(_unsubscription(context, subscription, newsletter), outbox_ids=farewell)


def _find(
    session: Session, subscription_id: int, *, lock: bool = False
) -> tuple[Subscription, Newsletter]:
    row = subscription_with_reader(session, subscription_id, lock=lock)
    if row is None:
        raise InvalidToken("This link is no longer valid.")
    subscription, _, newsletter = row
    return subscription, newsletter


def _unsubscription(
    context: Context, subscription: Subscription, newsletter: Newsletter
) -> Unsubscription:
    return Unsubscription(
        subscription_id=subscription.id,
        profile=profile_of(newsletter),
        has_left=subscription.state in GONE,
        can_return=can_return(context, subscription),
        return_token=return_token(context, subscription),
    )

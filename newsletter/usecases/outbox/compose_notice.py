"""The mails of the outbox, one function a kind: from ids in a row to a message."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.domain.addresses import domain_of
from newsletter.domain.consent import RECEIVING, ConsentKind, SubscriptionState
from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.errors import Misconfigured, NotFound
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.outbox import OutboxKind
from newsletter.mail.envelope import Envelope
from newsletter.mail.message_ids import outbox_message_id
from newsletter.rendering.edition.edition import Note
from newsletter.rendering.edition.notices import (
    Notice,
    confirmation_notice,
    farewell_notice,
    sign_in_notice,
    welcome_notice,
)
from newsletter.rendering.message.message import build_notice_message
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.rendering.templates.templates import Templates, templates_in
from newsletter.rendering.templates.words import language_of
from newsletter.store.models import (
    Consent,
    Newsletter,
    OutboxMessage,
    Subscriber,
    Subscription,
    User,
)
from newsletter.store.newsletters import all_newsletters, profile_of
from newsletter.store.readers.subscriptions import latest_evidence_id
from newsletter.urls import (
    archive_url,
    confirmation_url,
    preferences_url,
    signup_url,
    unsubscribe_url,
)
from newsletter.usecases.context import Context
from newsletter.usecases.issues.edition_messages import edition_messages
from newsletter.usecases.issues.render_issue import read_issue, render_to_send
from newsletter.usecases.sending.compose_copy import envelope_sender
from newsletter.usecases.staff.sign_in_link import sign_in_link

TEST_PREFIX = "[Test] "
PROOF_PREFIX = "[Proof] "


class Gone(Exception):
    """The message is no longer needed. `state` is the final state of its row."""

    def __init__(self, state: DeliveryState, message: str) -> None:
        super().__init__(message)
        self.state = state


@dataclass(frozen=True, slots=True)
class Prepared:
    """`on_accepted` is called in the transaction that records the relay's yes."""

    envelope: Envelope
    message: bytes
    on_accepted: Callable[[Session], None] | None = None


def prepare(context: Context, row: OutboxMessage) -> Prepared:
    """Reads, and renders when that is done: no transaction stays open meanwhile.

    Raises Gone, or a NewsletterError when it can't be made.
    """
    return _KINDS[OutboxKind(row.kind)](context, row)


def _confirmation(context: Context, row: OutboxMessage) -> Prepared:
    with context.database.read() as session:
        subscription, address, profile = _reader(session, row, {SubscriptionState.PENDING})
        ask_id = latest_evidence_id(session, subscription.id, ConsentKind.ASKED)
    token = context.signer.sign_confirmation(subscription.id, ask_id)
    notice = confirmation_notice(
        profile,
        confirmation_url(context.settings.public_url, token),
        expires_days=context.settings.confirmation_expiry // timedelta(days=1),
        templates=_templates(context),
    )
    message_id = _message_id(row, profile.sender_address)

    def keep_evidence(writing: Session) -> None:
        writing.execute(update(Consent).where(Consent.id == ask_id).values(message_id=message_id))

    return _notice_to(context, profile, notice, address, row, keep_evidence)


def _welcome(context: Context, row: OutboxMessage) -> Prepared:
    with context.database.read() as session:
        subscription, address, profile = _reader(session, row, RECEIVING)
    public_url, signer = context.settings.public_url, context.signer
    leave_url = unsubscribe_url(public_url, signer.sign_unsubscribe(subscription.id, 0))
    notice = welcome_notice(
        profile,
        archive_url=archive_url(public_url, profile.slug),
        preferences_url=preferences_url(public_url, signer.sign_preferences(subscription.id)),
        unsubscribe_url=leave_url,
        templates=_templates(context),
    )
    return _notice_to(context, profile, notice, address, row, one_click_url=leave_url)


def _farewell(context: Context, row: OutboxMessage) -> Prepared:
    with context.database.read() as session:
        subscription, address, profile = _reader(session, row, {SubscriptionState.UNSUBSCRIBED})
    token = context.signer.sign_preferences(subscription.id)
    page_url = preferences_url(context.settings.public_url, token)
    notice = farewell_notice(profile, page_url, templates=_templates(context))
    return _notice_to(context, profile, notice, address, row)


def _reader(
    session: Session, row: OutboxMessage, wanted: Collection[SubscriptionState]
) -> tuple[Subscription, str, NewsletterProfile]:
    """Raises Gone unless the subscription is still in a state in which the mail makes sense."""
    found = session.execute(
        select(Subscription, Subscriber.address, Newsletter)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(Newsletter, Newsletter.id == Subscription.newsletter_id)
        .where(Subscription.id == row.payload["subscription_id"])
    ).one_or_none()
    subscription, address, newsletter = found or (None, None, None)
    if subscription is None or newsletter is None or not address:
        raise Gone(DeliveryState.WITHDRAWN, "The address was erased.")
    if subscription.state == SubscriptionState.SUPPRESSED:
        raise Gone(DeliveryState.SUPPRESSED, "The address is suppressed.")
    if subscription.state not in wanted:
        raise Gone(DeliveryState.WITHDRAWN, f"The subscription is now {subscription.state}.")
    return subscription, address, profile_of(newsletter)


def _templates(context: Context) -> Templates:
    return templates_in(context.settings.templates_dir)


def _sign_in(context: Context, row: OutboxMessage) -> Prepared:
    with context.database.read() as session:
        user, profile = _user(session, row), _any_profile(session)
    notice = sign_in_notice(
        sign_in_link(context, user),
        minutes=context.settings.sign_in_expiry // timedelta(minutes=1),
        site_name=profile.name,
        templates=_templates(context),
    )
    return _notice_to(context, profile, notice, user.address, row)


def _test(context: Context, row: OutboxMessage) -> Prepared:
    """The issue as it stands now, to the editor; its links lead to pages that change nothing."""
    with context.database.read() as session:
        user = _user(session, row)
    return _draft(context, row, user.address, user.name, TEST_PREFIX)


def _proof(context: Context, row: OutboxMessage) -> Prepared:
    """The same to a colleague, who need not be an editor, under a note."""
    return _draft(context, row, row.payload["address"], "", PROOF_PREFIX)


def _draft(context: Context, row: OutboxMessage, address: str, name: str, prefix: str) -> Prepared:
    written = read_issue(context, row.payload["issue_id"])
    profile = written.profile
    rendered = render_to_send(context.settings, written, row.created_at, _note(row, profile))
    messages = edition_messages(
        context.settings,
        rendered.edition,
        profile,
        date=row.created_at,
        campaign=row.kind,
        subject_prefix=prefix,
    )
    page_url = signup_url(context.settings.public_url, profile.slug)
    reader = ReaderValues(
        address=address, name=name, unsubscribe_url=page_url, preferences_url=page_url
    )
    message = messages.copy(reader, _message_id(row, profile.sender_address), page_url)
    return Prepared(Envelope(_sender(context, profile, row), address), message)


def _note(row: OutboxMessage, profile: NewsletterProfile) -> Note | None:
    if row.kind != OutboxKind.PROOF:
        return None
    heading = language_of(profile.language).say("proof_heading")
    sender, lines = row.payload["from"], row.payload["note"].splitlines()
    return Note(f"{heading} · {sender}", tuple(line for line in lines if line.strip()))


_KINDS: dict[OutboxKind, Callable[[Context, OutboxMessage], Prepared]] = {
    OutboxKind.CONFIRMATION: _confirmation,
    OutboxKind.SIGN_IN: _sign_in,
    OutboxKind.TEST: _test,
    OutboxKind.PROOF: _proof,
    OutboxKind.WELCOME: _welcome,
    OutboxKind.FAREWELL: _farewell,
}


def _notice_to(  # noqa: PLR0913, PLR0917  a message's parts
    context: Context,
    profile: NewsletterProfile,
    notice: Notice,
    address: str,
    row: OutboxMessage,
    on_accepted: Callable[[Session], None] | None = None,
    one_click_url: str = "",
) -> Prepared:
    message = build_notice_message(
        notice,
        from_name=profile.sender_name or profile.name,
        from_address=profile.sender_address,
        to_address=address,
        message_id=_message_id(row, profile.sender_address),
        date=row.created_at,
        one_click_url=one_click_url,
    )
    envelope = Envelope(_sender(context, profile, row), address)
    return Prepared(envelope, message, on_accepted)


def _sender(context: Context, profile: NewsletterProfile, row: OutboxMessage) -> str:
    return envelope_sender(context.settings, profile, "o", (row.id,))


def _message_id(row: OutboxMessage, sender_address: str) -> str:
    return outbox_message_id(row.id, row.created_at, domain_of(sender_address))


def _user(session: Session, row: OutboxMessage) -> User:
    user = session.get(User, row.user_id) if row.user_id else None
    if user is None:
        raise NotFound("This editor no longer exists.")
    return user


def _any_profile(session: Session) -> NewsletterProfile:
    """Editors belong to no newsletter: their mail comes from the first one that has a sender."""
    for newsletter in all_newsletters(session):
        if newsletter.sender_address:
            return profile_of(newsletter)
    raise Misconfigured(
        "No newsletter has a sender address, so sign-in links can't be sent.",
        advice="Run `newsletter editor link` on the server, then fill in the sender's address.",
    )

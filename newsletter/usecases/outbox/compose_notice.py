"""The mails that the service writes itself: confirmation, welcome, farewell, and links."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.consent import RECEIVING, ConsentKind, SubscriptionState
from newsletter.domain.staff.roles import Role
from newsletter.rendering.edition.notices import (
    Notice,
    account_notice,
    confirmation_notice,
    farewell_notice,
    invitation_notice,
    password_reset_notice,
    role_invitation_notice,
    sign_in_notice,
    subscription_link_notice,
    welcome_notice,
)
from newsletter.rendering.message.message import build_notice_message
from newsletter.rendering.templates.templates import Templates, templates_in
from newsletter.store.issues.past_issues import has_past_issues
from newsletter.store.models import Invitation, OutboxMessage, User
from newsletter.store.newsletters import newsletter_by_id, profile_of
from newsletter.store.readers.subscriptions import (
    latest_evidence_id,
    record_message_id,
    subscription_with_reader,
)
from newsletter.store.roles import roles_of
from newsletter.store.staff import user_by_id
from newsletter.urls import (
    account_url,
    archive_url,
    confirmation_url,
    invitation_url,
    preferences_url,
    unsubscribe_url,
)
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.find_sender import find_sender
from newsletter.usecases.outbox.mail import Gone, Mail, envelope_to, message_id_of
from newsletter.usecases.staff.sign_in_link import (
    INVITATION_EXPIRY,
    invitation_link,
    password_reset_link,
    sign_in_link,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a notice, and the newsletter that it comes from."""

    address: str
    profile: NewsletterProfile
    subscription_id: int = 0


def compose_confirmation(context: Context, row: OutboxMessage) -> Mail:
    to = _reader(context, row, {SubscriptionState.PENDING})
    with context.database.read() as session:
        ask_id = latest_evidence_id(session, to.subscription_id, ConsentKind.ASKED)
    token = context.signer.sign_confirmation(to.subscription_id, ask_id)
    notice = confirmation_notice(
        to.profile,
        confirmation_url(context.settings.public_url, token),
        expires_days=context.settings.confirmation_expiry // timedelta(days=1),
        templates=templates_of(context),
    )
    message_id = message_id_of(row, to.profile)
    mail = notice_mail(context, row, to, notice)
    return replace(mail, on_accepted=lambda session: record_message_id(session, ask_id, message_id))


def compose_welcome(context: Context, row: OutboxMessage) -> Mail:
    to = _reader(context, row, RECEIVING)
    public_url, signer = context.settings.public_url, context.signer
    leave_url = unsubscribe_url(public_url, signer.sign_unsubscribe(to.subscription_id, 0))
    with context.database.read() as session:
        is_empty = not has_past_issues(session, to.profile.id)
    notice = welcome_notice(
        to.profile,
        archive_url="" if is_empty else archive_url(public_url, to.profile.slug),
        preferences_url=preferences_url(public_url, signer.sign_preferences(to.subscription_id)),
        unsubscribe_url=leave_url,
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice, one_click_url=leave_url)


def compose_subscription_link(context: Context, row: OutboxMessage) -> Mail:
    to = _reader(context, row, RECEIVING)
    public_url, signer = context.settings.public_url, context.signer
    leave_url = unsubscribe_url(public_url, signer.sign_unsubscribe(to.subscription_id, 0))
    notice = subscription_link_notice(
        to.profile,
        preferences_url=preferences_url(public_url, signer.sign_preferences(to.subscription_id)),
        unsubscribe_url=leave_url,
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice, one_click_url=leave_url)


def compose_farewell(context: Context, row: OutboxMessage) -> Mail:
    to = _reader(context, row, {SubscriptionState.UNSUBSCRIBED})
    token = context.signer.sign_preferences(to.subscription_id)
    page_url = preferences_url(context.settings.public_url, token)
    notice = farewell_notice(to.profile, page_url, templates=templates_of(context))
    return notice_mail(context, row, to, notice)


def compose_sign_in(context: Context, row: OutboxMessage) -> Mail:
    """Raises NotFound once the editor is gone, Misconfigured where no newsletter has a sender."""
    return _with_link(context, row, sign_in_link, sign_in_notice)


def compose_password_reset(context: Context, row: OutboxMessage) -> Mail:
    """Raises as `compose_sign_in` does."""
    return _with_link(context, row, password_reset_link, password_reset_notice)


def _with_link(
    context: Context,
    row: OutboxMessage,
    link: Callable[[Context, User], str],
    notice_of: Callable[..., Notice],
) -> Mail:
    with context.database.read() as session:
        editor = user_by_id(session, row.user_id or 0)
        to = Recipient(editor.address, find_sender(session))
    notice = notice_of(
        link(context, editor),
        minutes=context.settings.sign_in_expiry // timedelta(minutes=1),
        site_name=to.profile.name,
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice)


def compose_account_change(context: Context, row: OutboxMessage) -> Mail:
    """To the address from before the change. Raises Misconfigured as above."""
    with context.database.read() as session:
        to = Recipient(row.payload["address"], find_sender(session))
    notice = account_notice(
        row.payload["change"],
        account_url(context.settings.public_url),
        at=row.created_at,
        site_name=to.profile.name,
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice)


def compose_invitation(context: Context, row: OutboxMessage) -> Mail:
    """Raises as `compose_sign_in` does."""
    with context.database.read() as session:
        editor = user_by_id(session, row.user_id or 0)
        to = Recipient(editor.address, find_sender(session))
        posts = _posts_of(session, editor)
    notice = invitation_notice(
        invitation_link(context, editor),
        INVITATION_EXPIRY.days,
        inviter=row.payload["from"],
        posts=posts,
        site_name=to.profile.name,
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice)


def _posts_of(session: Session, editor: User) -> list[str]:
    """What they have become: "an editor of Field Notes"."""
    server = ["an administrator, who runs the server"] if editor.administrator_since else []
    roles = roles_of(session, editor.id)
    return server + [
        f"{role.with_article} of {newsletter_by_id(session, newsletter_id).name}"
        for newsletter_id, role in sorted(roles.items())
    ]


def compose_role_invitation(context: Context, row: OutboxMessage) -> Mail:
    """Raises Gone once it is accepted or withdrawn, and Misconfigured as above."""
    with context.database.read() as session:
        invitation = session.get(Invitation, row.payload["invitation_id"])
        if invitation is None or invitation.accepted_at or invitation.withdrawn_at:
            raise Gone(DeliveryState.WITHDRAWN, "The invitation is not open any more.")
        newsletter = profile_of(newsletter_by_id(session, invitation.newsletter_id))
        to = Recipient(
            invitation.address, newsletter if newsletter.has_sender else find_sender(session)
        )
    token = context.signer.sign_role_invitation(invitation.id, invitation.stamp)
    notice = role_invitation_notice(
        invitation_url(context.settings.public_url, token),
        INVITATION_EXPIRY.days,
        inviter=invitation.invited_by,
        newsletter=newsletter.name,
        role=Role(invitation.role),
        templates=templates_of(context),
    )
    return notice_mail(context, row, to, notice)


def _reader(
    context: Context, row: OutboxMessage, wanted: Collection[SubscriptionState]
) -> Recipient:
    """Raises Gone unless the subscription is still in a state in which the mail makes sense."""
    with context.database.read() as session:
        found = subscription_with_reader(session, row.payload["subscription_id"])
    address = found[1].address if found else ""
    if not (found and address):
        raise Gone(DeliveryState.WITHDRAWN, "The address was erased.")
    subscription, _, newsletter = found
    if subscription.state == SubscriptionState.SUPPRESSED:
        raise Gone(DeliveryState.SUPPRESSED, "The address is suppressed.")
    if subscription.state not in wanted:
        raise Gone(DeliveryState.WITHDRAWN, f"The subscription is now {subscription.state}.")
    return Recipient(address, profile_of(newsletter), subscription.id)


def templates_of(context: Context) -> Templates:
    return templates_in(context.settings.templates_dir)


def notice_mail(
    context: Context, row: OutboxMessage, to: Recipient, notice: Notice, one_click_url: str = ""
) -> Mail:
    profile = to.profile
    message = build_notice_message(
        notice,
        from_name=profile.sender_name or profile.name,
        from_address=profile.sender_address,
        to_address=to.address,
        message_id=message_id_of(row, profile),
        date=row.created_at,
        reply_to=profile.reply_to if to.subscription_id else "",
        one_click_url=one_click_url,
    )
    return Mail(envelope_to(context.settings, row, profile, to.address), message)

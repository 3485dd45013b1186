"""Invites people to a role in a newsletter. Who follows the mailed link has proven the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Forbidden, InvalidInput, LimitReached
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import address_key, parse_address
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.signing import InvalidToken
from newsletter.store.events import record_event
from newsletter.store.invitations import (
    invitation_by_stamp,
    invitation_of,
    invitation_to,
)
from newsletter.store.models import Invitation, User
from newsletter.store.newsletters import lock_newsletter, newsletter_by_id, newsletter_by_slug
from newsletter.store.outbox import add_to_outbox
from newsletter.store.roles import give_role, roles_of
from newsletter.store.staff import add_user, find_user, new_stamp
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.find_sender import find_sender
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.sessions import start_session

INVITATION_LIFETIME = timedelta(days=7)
SENT_AGAIN_AFTER = timedelta(minutes=5)
"""So that nobody's mailbox is filled with them."""


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """`has_account`: an editor has this address, and signs in to accept."""

    newsletter: str
    role: Role
    address: str
    invited_by: str
    expires_at: datetime
    has_account: bool


def invite(
    context: Context, slug: str, address: str, role: Role, principal: Principal
) -> list[int]:
    """Returns the outbox rows. Raises InvalidInput, and Misconfigured where no mail can be sent."""
    require_for_newsletter(context, principal, "invite", slug)
    checked = parse_address(address)
    now = context.now()
    with context.database.write() as session:
        find_sender(session)
        newsletter_id = newsletter_by_slug(session, slug).id
        lock_newsletter(session, newsletter_id)  # two invitations at once would be two mails
        user = find_user(session, checked)
        if user is not None and newsletter_id in roles_of(session, user.id):
            raise InvalidInput("They have a role here already.", field="address")
        if invitation_to(session, newsletter_id, address_key(checked)) is not None:
            raise InvalidInput(
                "This address is invited already.", advice="Send it again below.", field="address"
            )
        invitation = Invitation(
            newsletter_id=newsletter_id,
            address=checked,
            address_key=address_key(checked),
            role=role,
            invited_by=_name_of(session, principal),
            created_at=now,
            sent_at=now,
            expires_at=now + INVITATION_LIFETIME,
            stamp=new_stamp(),
        )
        session.add(invitation)
        session.flush()
        _record(context, session, invitation, Action.USER_INVITED, principal)
        return [_mail(context, session, invitation)]


def resend_invitation(
    context: Context, slug: str, invitation_id: int, principal: Principal
) -> list[int]:
    """With a new link, which lasts for a week. Raises NotFound and LimitReached."""
    require_for_newsletter(context, principal, "resend_invitation", slug)
    now = context.now()
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        invitation = invitation_of(session, newsletter_id, invitation_id)
        wait = invitation.sent_at + SENT_AGAIN_AFTER - now
        if wait > timedelta():
            raise LimitReached(
                "It was sent a moment ago.",
                advice="Wait a few minutes, then send it again.",
                retry_after_s=int(wait.total_seconds()) + 1,
            )
        invitation.stamp, invitation.sent_at = new_stamp(), now
        invitation.expires_at = now + INVITATION_LIFETIME
        _record(context, session, invitation, Action.USER_INVITED, principal)
        return [_mail(context, session, invitation)]


def withdraw_invitation(
    context: Context, slug: str, invitation_id: int, principal: Principal
) -> str:
    """Its link ends at once. Returns the address. Raises NotFound."""
    require_for_newsletter(context, principal, "withdraw_invitation", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        invitation = invitation_of(session, newsletter_id, invitation_id)
        invitation.withdrawn_at = context.now()
        _record(context, session, invitation, Action.USER_INVITATION_WITHDRAWN, principal)
        return invitation.address


def open_invitation(context: Context, token: str) -> OpenInvitation:
    """Raises InvalidToken for a link that can't be accepted any more."""
    with context.database.read() as session:
        invitation = _read(context, session, token)
        return OpenInvitation(
            newsletter=newsletter_by_id(session, invitation.newsletter_id).name,
            role=Role(invitation.role),
            address=invitation.address,
            invited_by=invitation.invited_by,
            expires_at=invitation.expires_at,
            has_account=find_user(session, invitation.address) is not None,
        )


def accept_invitation(
    context: Context, token: str, signed_in: Editor | None = None, device: str = ""
) -> Editor:
    """A new account is made and signed in: they choose its password next.

    Where the address has an account, its editor must be `signed_in`. Raises InvalidToken, and
    Forbidden for another one.
    """
    with context.database.write() as session:
        invitation = _read(context, session, token)
        user = find_user(session, invitation.address)
        if user is not None and (signed_in is None or signed_in.id != user.id):
            raise Forbidden(
                f"This invitation is for {invitation.address}.",
                advice="Sign in with that address, then open the link again.",
                use_case="accept_invitation",
            )
        editor = signed_in if user is not None else None
        if user is None:
            user = add_user(session, address=invitation.address, now=context.now())
        invitation.accepted_at = context.now()
        _give(context, session, invitation, user)
        return editor or start_session(context, session, user, how="invitation", device=device)


def _give(context: Context, session: Session, invitation: Invitation, user: User) -> None:
    """Never less than they have."""
    had = roles_of(session, user.id).get(invitation.newsletter_id)
    order, role = list(Role), Role(invitation.role)
    if had is None or order.index(had) < order.index(role):
        give_role(
            session, invitation.newsletter_id, user.id, role, invitation.invited_by, context.now()
        )
    who = replace(Principal.editor(user.id, user.address, {}), origin=context.origin())
    _record(context, session, invitation, Action.USER_INVITATION_ACCEPTED, who)


def _read(context: Context, session: Session, token: str) -> Invitation:
    invitation_id, stamp = context.signer.read_role_invitation(token, INVITATION_LIFETIME)
    found = invitation_by_stamp(session, invitation_id, stamp, context.now())
    if found is None:
        raise InvalidToken(
            "This invitation has been used or withdrawn, or a newer one has replaced it.",
            advice="Ask for a new one.",
        )
    return found


def _mail(context: Context, session: Session, invitation: Invitation) -> int:
    return add_to_outbox(
        session,
        OutboxKind.ROLE_INVITATION,
        now=context.now(),
        expires_at=context.now() + context.settings.outbox_expiry,
        payload={"invitation_id": invitation.id},
    )


def _record(
    context: Context,
    session: Session,
    invitation: Invitation,
    action: Action,
    who: Principal,
) -> None:
    record_event(
        session,
        at=context.now(),
        who=who,
        action=action,
        subject_id=invitation.id,
        facts={
            "address": invitation.address,
            "role": invitation.role,
            "newsletter_id": invitation.newsletter_id,
        },
    )


def _name_of(session: Session, principal: Principal) -> str:
    user = session.get(User, principal.id) if principal.is_editor(principal.id or 0) else None
    return (user.name if user else "") or principal.name

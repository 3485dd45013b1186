"""The links that are mailed to an editor, printed or shown: to sign in, or for a new password."""

from __future__ import annotations

from datetime import timedelta

from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import parse_address
from newsletter.signing import ExpiredToken, InvalidToken, SignInClaim
from newsletter.store.models import OutboxMessage, User
from newsletter.store.outbox import add_to_outbox, count_since
from newsletter.store.staff import find_user
from newsletter.urls import password_reset_url, sign_in_url
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.find_sender import find_sender

LINKS_AN_HOUR = 5
"""Of each kind, to one editor."""
INVITATION_EXPIRY = timedelta(days=7)


def sign_in_link(context: Context, user: User) -> str:
    """Signs in anyone who has it, until one is used or `sign_in_expiry` has passed."""
    token = context.signer.sign_sign_in(SignInClaim(user.id, user.sign_in_stamp))
    return sign_in_url(context.settings.public_url, token)


def password_reset_link(context: Context, user: User) -> str:
    """Void once anyone has signed in, as the others are."""
    token = context.signer.sign_password_reset(SignInClaim(user.id, user.sign_in_stamp))
    return password_reset_url(context.settings.public_url, token)


def invitation_link(context: Context, user: User) -> str:
    """The same for a new editor, who may not look into their mail within the hour."""
    token = context.signer.sign_invitation(SignInClaim(user.id, user.sign_in_stamp))
    return sign_in_url(context.settings.public_url, token)


def read_link(context: Context, token: str) -> SignInClaim:
    """Of either kind. Raises InvalidToken."""
    try:
        return context.signer.read_sign_in(token, context.settings.sign_in_expiry)
    except ExpiredToken:
        raise
    except InvalidToken:
        return context.signer.read_invitation(token, INVITATION_EXPIRY)


def is_unspent(context: Context, claim: SignInClaim) -> bool:
    """Whether a link with this claim still leads on: nobody used it, or a newer one, since."""
    with context.database.read() as session:
        user = session.get(User, claim.user_id)
        return user is not None and user.sign_in_stamp == claim.stamp


def request_link(context: Context, address: str, kind: OutboxKind) -> list[int]:
    """Ids for the outbox; none for an unknown address, of which the asker learns nothing.

    Raises Misconfigured when no mail can be sent to anyone.
    """
    if not address.strip():
        raise InvalidInput("Enter your email address.", field="address")
    parse_address(address)
    now = context.now()
    with context.database.write() as session:
        find_sender(session)
        user = find_user(session, address)
        if user is None:
            return []
        whose = OutboxMessage.user_id == user.id
        if count_since(session, kind, now - timedelta(hours=1), whose) >= LINKS_AN_HOUR:
            return []
        expires_at = now + context.settings.outbox_expiry
        return [add_to_outbox(session, kind, now=now, expires_at=expires_at, user_id=user.id)]

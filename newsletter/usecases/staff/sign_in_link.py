"""The links by which an editor signs in once: of a sign-in mail, printed or shown, or inviting."""

from __future__ import annotations

from datetime import timedelta

from newsletter.signing import ExpiredToken, InvalidToken, SignInClaim
from newsletter.store.models import User
from newsletter.urls import sign_in_url
from newsletter.usecases.context import Context

INVITATION_EXPIRY = timedelta(days=7)


def sign_in_link(context: Context, user: User) -> str:
    """Signs in anyone who has it, until one is used or `sign_in_expiry` has passed."""
    token = context.signer.sign_sign_in(SignInClaim(user.id, user.sign_in_stamp))
    return sign_in_url(context.settings.public_url, token)


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

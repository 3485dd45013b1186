"""The link by which an editor signs in once, wherever it is mailed, printed or shown."""

from __future__ import annotations

from newsletter.signing import SignInClaim
from newsletter.store.models import User
from newsletter.urls import sign_in_url
from newsletter.usecases.context import Context


def sign_in_link(context: Context, user: User) -> str:
    """Signs in anyone who has it, until one is used or `sign_in_expiry` has passed."""
    token = context.signer.sign_sign_in(SignInClaim(user.id, user.sign_in_stamp))
    return sign_in_url(context.settings.public_url, token)

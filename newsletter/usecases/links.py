"""The addresses that mails point to. The routes of web/ answer to them."""

from __future__ import annotations

from newsletter.signing import SignInClaim
from newsletter.usecases.context import Context


def signup_url(context: Context, slug: str) -> str:
    return f"{context.settings.public_url}/n/{slug}"


def archive_url(context: Context, slug: str) -> str:
    return f"{signup_url(context, slug)}/archive"


def edition_url(context: Context, slug: str, number: int) -> str:
    return f"{archive_url(context, slug)}/{number}"


def confirm_url(context: Context, subscription_id: int, ask_id: int = 0) -> str:
    token = context.signer.sign_confirmation(subscription_id, ask_id)
    return f"{context.settings.public_url}/confirm/{token}"


def unsubscribe_url(context: Context, subscription_id: int, edition_id: int) -> str:
    token = context.signer.sign_unsubscribe(subscription_id, edition_id)
    return f"{context.settings.public_url}/unsubscribe/{token}"


def preferences_url(context: Context, subscription_id: int) -> str:
    token = context.signer.sign_preferences(subscription_id)
    return f"{context.settings.public_url}/preferences/{token}"


def sign_in_url(context: Context, user_id: int, stamp: str) -> str:
    token = context.signer.sign_sign_in(SignInClaim(user_id, stamp))
    return f"{context.settings.public_url}/editor/sign-in/{token}"

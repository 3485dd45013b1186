"""Browsers that an editor has signed in with before: others' guesses don't keep these out."""

from __future__ import annotations

from datetime import timedelta

from newsletter.signing import InvalidToken
from newsletter.store.staff import find_user
from newsletter.usecases.context import Context

DEVICE_LIFETIME = timedelta(days=365)


def is_known_device(context: Context, token: str, address: str) -> bool:
    """Whether this browser's token was given to the editor with that address."""
    user_id = _owner(context, token)
    if user_id is None:
        return False
    with context.database.read() as session:
        user = find_user(session, address)
        return user is not None and user.id == user_id


def is_any_device(context: Context, token: str) -> bool:
    """Whether some editor has signed in with this browser. Asks no database."""
    return _owner(context, token) is not None


def is_device_of(context: Context, token: str, user_id: int) -> bool:
    """The same by the editor's id. Asks no database."""
    return _owner(context, token) == user_id


def _owner(context: Context, token: str) -> int | None:
    try:
        return context.signer.read_device(token, DEVICE_LIFETIME)
    except InvalidToken:
        return None

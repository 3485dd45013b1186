"""Makes a sign-in link for an editor who can't sign in. For anyone who can run commands here."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.errors import InvalidInput, NotFound
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import User
from newsletter.store.staff import all_users, find_user
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in_link import sign_in_link


def make_sign_in_link(context: Context, address: str, principal: Principal) -> str:
    """An empty `address` means the only editor, who is created if needed."""
    require(principal, "make_sign_in_link")
    prepare_first_start(context)
    with context.database.read() as session:
        return sign_in_link(context, _wanted(session, address))


def _wanted(session: Session, address: str) -> User:
    if address:
        user = find_user(session, address)
        if user is None:
            raise NotFound(
                "No editor has this address.",
                advice="Run `newsletter editor list` to see all editors.",
            )
        return user
    users = all_users(session)
    if len(users) > 1:
        raise InvalidInput(
            "There is more than one editor.",
            advice="Name one: `newsletter editor link ADDRESS`.",
        )
    return users[0]

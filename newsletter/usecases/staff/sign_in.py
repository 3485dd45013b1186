"""Editors sign in with a password or a link that works once, and manage their own accounts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import address_key, parse_address
from newsletter.signing import InvalidToken
from newsletter.store.factors import has_second_factor
from newsletter.store.models import User
from newsletter.store.staff import (
    add_session,
    end_sessions_of,
    find_user,
    new_stamp,
    spend_sign_in_stamp,
    user_by_id,
)
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import notify_of_changes
from newsletter.usecases.staff.editor import (
    Editor,
    checked_name,
    editor_of,
    record_for_editor,
)
from newsletter.usecases.staff.failed_sign_ins import record_failed_sign_in
from newsletter.usecases.staff.password_hashes import (
    hash_password,
    renewed_hash,
    require_password,
    verify_password,
)
from newsletter.usecases.staff.passwords import checked_password
from newsletter.usecases.staff.second_step import HalfSignedIn, begin_session
from newsletter.usecases.staff.sign_in_link import is_unspent, read_link, request_link


@dataclass(frozen=True, slots=True)
class Account:
    """The wanted account. An empty `password` keeps the old one. A new one needs `current`, or
    that the editor `came_by_link` a moment ago: who has forgotten it chooses a new one that way.
    """

    name: str
    address: str
    password: str = ""
    current: str = ""
    came_by_link: bool = False


def sign_in_with_password(
    context: Context, address: str, password: str, device: str = ""
) -> Editor | HalfSignedIn:
    """The answer and its time are the same whether the address or the password is wrong.

    `device` is the token of a browser that an editor has signed in with before, "" for none.
    """
    with context.database.read() as session:
        user = find_user(session, address) if address.strip() else None
        user_id, stored = (user.id, user.password_hash) if user else (0, "")
    if not verify_password(stored, password):
        record_failed_sign_in(context, user_id or None, "wrong email or password")
        raise InvalidInput(
            "Wrong email or password.",
            advice="Try again, or get a sign-in link by email.",
            field="password",
        )
    renewed = renewed_hash(stored, password)
    with context.database.write() as session:
        user = user_by_id(session, user_id, lock=True)
        if user.password_hash == stored:
            user.password_hash = renewed or stored
            return begin_session(context, session, user, how="password", device=device)
    # Another password was chosen while this one was checked.
    return sign_in_with_password(context, address, password, device)


def request_sign_in_link(context: Context, address: str) -> list[int]:
    """Ids for the outbox. Raises as `request_link` does."""
    return request_link(context, address, OutboxKind.SIGN_IN)


def check_sign_in_link(context: Context, token: str) -> None:
    """Raises InvalidToken for a link that would not let anybody in."""
    if not is_unspent(context, read_link(context, token)):
        raise _used_link()


def sign_in_with_link(context: Context, token: str, device: str = "") -> Editor | HalfSignedIn:
    claim = read_link(context, token)
    with context.database.write() as session:
        if not spend_sign_in_stamp(session, claim.user_id, claim.stamp):
            raise _used_link()
        user = user_by_id(session, claim.user_id)
        return begin_session(context, session, user, how="link", device=device)


def save_account(context: Context, user_id: int, wanted: Account) -> Editor:
    """A new password signs out everywhere: the returned editor has the key of a new session.

    A new password or address is also mailed to the address from before. Raises InvalidInput, and
    Conflict where another password was chosen meanwhile.
    """
    name, address = checked_name(wanted.name), parse_address(wanted.address)
    new_hash = hash_password(checked_password(wanted.password, address)) if wanted.password else ""
    with context.database.read() as session:
        user = user_by_id(session, user_id)
        stored, is_new_address = user.password_hash, user.address_key != address_key(address)
    is_new_password = bool(new_hash) and not wanted.came_by_link
    if stored and (is_new_password or is_new_address):
        require_password(stored, wanted.current, "Enter it to change your address or password.")
    with context.database.write() as session:
        user = user_by_id(session, user_id, lock=True)
        if user.password_hash != stored:
            raise Conflict("Your password was changed a moment ago.", advice="Sign in again.")
        other = find_user(session, address)
        if other is not None and other.id != user.id:
            raise InvalidInput("Another editor has this address.", field="address")
        if not (new_hash or user.password_hash):
            raise InvalidInput("Choose a password.", field="password")
        old_address, session_key = user.address, ""
        user.name, user.address, user.address_key = name, address, address_key(address)
        if new_hash or is_new_address:  # links in the mailbox from before end as well
            user.sign_in_stamp = new_stamp()
        if new_hash:
            user.password_hash = new_hash
            end_sessions_of(session, user.id)
            session_key = _session_by_password(context, session, user)
        action = Action.USER_PASSWORD_CHANGED if new_hash else Action.USER_CHANGED
        record_for_editor(context, session, user, action)
        told = notify_of_changes(
            context, session, user, old_address, is_new_password=bool(new_hash and stored)
        )
        return editor_of(session, user, session_key, told)


def _session_by_password(context: Context, session: Session, user: User) -> str:
    """With a second factor it is asked for before what a copied cookie must not do."""
    is_all = not has_second_factor(session, user.id)
    return add_session(session, user.id, context.now(), context.origin(), is_confirmed=is_all)


def confirm_password(context: Context, user_id: int, given: str) -> None:
    """Asked again before what an editor who left a browser open would regret."""
    with context.database.read() as session:
        stored = user_by_id(session, user_id).password_hash
    require_password(stored, given, "Enter your own password to add or remove an editor.")


def _used_link() -> InvalidToken:
    return InvalidToken(
        "This sign-in link has been used, or a newer one has replaced it.",
        advice="Request a new one.",
    )

"""A forgotten password: the mailed link, the second factor if there is one, then a new password.

Nobody is signed in before the new password is chosen, and nothing else changes before that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput, LimitReached
from newsletter.domain.outbox import OutboxKind
from newsletter.signing import InvalidToken, SignInClaim
from newsletter.store.factors import has_second_factor
from newsletter.store.models import User
from newsletter.store.staff import end_sessions_of, spend_sign_in_stamp, user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.account_notices import notify_of_changes
from newsletter.usecases.staff.check_code import check_code
from newsletter.usecases.staff.editor import Editor, record_for_editor
from newsletter.usecases.staff.failed_sign_ins import record_failed_sign_in
from newsletter.usecases.staff.password_hashes import hash_password
from newsletter.usecases.staff.passwords import checked_password
from newsletter.usecases.staff.second_step import HalfSignedIn, user_half_signed_in
from newsletter.usecases.staff.sessions import start_session
from newsletter.usecases.staff.sign_in_link import is_unspent, request_link

RESET_LINK = "reset link"


@dataclass(frozen=True, slots=True)
class MayReset:
    """Has shown all that is asked for. Void when what they began with is."""

    begun: HalfSignedIn


def request_password_reset(context: Context, address: str) -> list[int]:
    """Ids for the outbox. Raises as `request_link` does."""
    return request_link(context, address, OutboxKind.PASSWORD_RESET)


def check_reset_link(context: Context, token: str) -> None:
    """Raises InvalidToken for a link that would lead nobody on."""
    if not is_unspent(context, _read(context, token)):
        raise _used_link()


def begin_reset(context: Context, token: str) -> HalfSignedIn | MayReset:
    """Spends the link. The first still has to show a second factor."""
    claim = _read(context, token)
    with context.database.write() as session:
        if not spend_sign_in_stamp(session, claim.user_id, claim.stamp):
            raise _used_link()
        user = user_by_id(session, claim.user_id)
        begun = HalfSignedIn(user.id, user.sign_in_stamp, RESET_LINK, context.now())
        return begun if has_second_factor(session, user.id) else MayReset(begun)


def go_on_with_code(context: Context, begun: HalfSignedIn, typed: str) -> MayReset:
    """Raises InvalidToken, InvalidInput for a wrong code, LimitReached after too many of them."""
    require_may_reset(context, MayReset(begun))
    try:
        check_code(context, begun.user_id, typed)
    except (InvalidInput, LimitReached):
        record_failed_sign_in(context, begun.user_id, "wrong code")
        raise
    return MayReset(begun)


def require_may_reset(context: Context, may: MayReset) -> None:
    """Raises InvalidToken when they have to begin again."""
    with context.database.read() as session:
        user_half_signed_in(context, session, may.begun)


def reset_password(context: Context, may: MayReset, password: str, device: str = "") -> Editor:
    """Ends all sessions and begins one. Raises InvalidToken, and InvalidInput for the password."""
    with context.database.read() as session:
        address = user_half_signed_in(context, session, may.begun).address
    new_hash = hash_password(checked_password(password, address))
    with context.database.write() as session:
        user = user_half_signed_in(context, session, may.begun, lock=True)
        return _begin_again(context, session, user, new_hash, device)


def _begin_again(
    context: Context, session: Session, user: User, new_hash: str, device: str
) -> Editor:
    had_one, user.password_hash = bool(user.password_hash), new_hash
    end_sessions_of(session, user.id)
    record_for_editor(context, session, user, Action.USER_PASSWORD_CHANGED)
    told = notify_of_changes(context, session, user, user.address, is_new_password=had_one)
    editor = start_session(context, session, user, how=RESET_LINK, device=device)
    return replace(editor, outbox_ids=editor.outbox_ids + told)


def _read(context: Context, token: str) -> SignInClaim:
    return context.signer.read_password_reset(token, context.settings.sign_in_expiry)


def _used_link() -> InvalidToken:
    return InvalidToken(
        "This link has been used, or you have signed in since.", advice="Request a new one."
    )

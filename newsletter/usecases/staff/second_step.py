"""Signing in takes two steps with a second factor, asked after the password or mailed link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.domain.errors import InvalidInput, LimitReached
from newsletter.domain.staff.second_factors import FactorKind
from newsletter.signing import InvalidToken
from newsletter.store.factors import has_second_factor
from newsletter.store.models import User
from newsletter.usecases.context import Context
from newsletter.usecases.staff.check_code import check_code
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.failed_sign_ins import record_failed_sign_in
from newsletter.usecases.staff.sessions import start_session

SECOND_STEP_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """Has shown the first factor, and may do nothing but show the second.

    Void once anyone signs in to the account or its password changes: `stamp` is another then.
    """

    user_id: int
    stamp: str
    how: str
    began_at: datetime


def begin_session(
    context: Context, session: Session, user: User, *, how: str, device: str
) -> Editor | HalfSignedIn:
    if has_second_factor(session, user.id):
        return HalfSignedIn(user.id, user.sign_in_stamp, how, context.now())
    return start_session(context, session, user, how=how, device=device)


def require_half_signed_in(context: Context, half: HalfSignedIn) -> None:
    """Raises InvalidToken when they have to begin again."""
    with context.database.read() as session:
        user_half_signed_in(context, session, half)


def finish_with_code(context: Context, half: HalfSignedIn, typed: str, device: str = "") -> Editor:
    """Raises InvalidToken, InvalidInput for a wrong code, LimitReached after too many of them."""
    require_half_signed_in(context, half)
    try:
        kind = check_code(context, half.user_id, typed)
    except (InvalidInput, LimitReached):
        record_failed_sign_in(context, half.user_id, "wrong code")
        raise
    with context.database.write() as session:
        return start_whole_session(context, session, half, kind, device)


def start_whole_session(
    context: Context, session: Session, half: HalfSignedIn, kind: FactorKind, device: str
) -> Editor:
    user = user_half_signed_in(context, session, half, lock=True)
    return start_session(context, session, user, how=f"{half.how} and {kind}", device=device)


def user_half_signed_in(
    context: Context, session: Session, half: HalfSignedIn, *, lock: bool = False
) -> User:
    """`lock` makes another who comes with the same wait. Raises InvalidToken."""
    user = session.get(User, half.user_id, with_for_update=lock)
    is_over = not timedelta() <= context.now() - half.began_at < SECOND_STEP_LIFETIME
    if user is None or user.sign_in_stamp != half.stamp or is_over:
        raise InvalidToken("This took too long, or you signed in elsewhere.", advice="Begin again.")
    return user

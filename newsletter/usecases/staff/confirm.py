"""Asks who is there once more, before what someone else at the browser must not do.

A session's cookie may be in other hands. What changes who can sign in needs that all factors were
shown within ten minutes, by signing in or on the page that asks again.
"""

from __future__ import annotations

from datetime import timedelta

from newsletter.domain.errors import Forbidden
from newsletter.store.factors import confirmed_at, has_second_factor, mark_session_confirmed
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.check_code import check_code
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.password_hashes import require_password

CONFIRMED_FOR = timedelta(minutes=10)


class Unconfirmed(Forbidden):
    """They are asked again first."""


def is_confirmed(context: Context, editor: Editor) -> bool:
    with context.database.read() as session:
        at = confirmed_at(session, editor.session_key)
    return at is not None and timedelta() <= context.now() - at < CONFIRMED_FOR


def require_confirmed(context: Context, editor: Editor) -> None:
    if not is_confirmed(context, editor):
        raise Unconfirmed(
            "Confirm that it is you.",
            advice="Enter your password, and your second factor if you have one.",
            use_case="confirm_session",
        )


def needs_code(context: Context, user_id: int) -> bool:
    """Whether a second factor is asked as well."""
    with context.database.read() as session:
        return has_second_factor(session, user_id)


def confirm_session(context: Context, editor: Editor, password: str, code: str) -> None:
    """Raises InvalidInput, and LimitReached after too many wrong codes."""
    with context.database.read() as session:
        stored = user_by_id(session, editor.id).password_hash
    require_password(stored, password, "Enter the one that you sign in with.")
    if needs_code(context, editor.id):
        check_code(context, editor.id, code)
    mark_confirmed(context, editor)


def mark_confirmed(context: Context, editor: Editor) -> None:
    with context.database.write() as session:
        mark_session_confirmed(session, editor.session_key, context.now())

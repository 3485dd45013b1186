"""An editor with an authenticator app, and the codes that it shows."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from newsletter.store.staff import find_user
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.second_factors import Added, add_app, offer_app
from newsletter.usecases.staff.sign_in import Account, save_account, sign_in_with_link
from newsletter.usecases.staff.sign_in_link import password_reset_link

ADDRESS, PASSWORD = "ada@example.org", "correct horse battery"


def the_first_editor(context: Context) -> Editor:
    link = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, link.rpartition("/")[2])
    assert isinstance(editor, Editor)
    return save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))


def reset_token(context: Context, address: str = ADDRESS) -> str:
    """Of the link that is mailed for a new password."""
    with context.database.read() as session:
        user = find_user(session, address)
        assert user
        return password_reset_link(context, user).rpartition("/")[2]


class App:
    """On a phone, whose clock is that of the context."""

    def __init__(self, context: Context, editor: Editor) -> None:
        self.context = context
        offered = offer_app(context, editor)
        self.secret = offered.secret
        self.added: Added = add_app(context, editor, offered.sealed, self.code())

    def code(self, off: timedelta = timedelta()) -> str:
        return pyotp.TOTP(self.secret).at(self.context.now() + off)

    def wrong_code(self) -> str:
        near = {self.code(timedelta(seconds=30 * off)) for off in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", *near) if code not in near)

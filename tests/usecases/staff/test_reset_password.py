"""Who has forgotten the password chooses a new one by a mailed link, and nobody else can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.signing import InvalidToken
from newsletter.store.models import OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.staff.account_notices import AccountChange
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.reset_password import (
    MayReset,
    begin_reset,
    go_on_with_code,
    request_password_reset,
    reset_password,
)
from newsletter.usecases.staff.second_step import HalfSignedIn
from newsletter.usecases.staff.sessions import find_signed_in
from newsletter.usecases.staff.sign_in import sign_in_with_link, sign_in_with_password
from newsletter.usecases.staff.sign_in_link import LINKS_AN_HOUR
from tests.conftest import Clock
from tests.support.builders import a_newsletter
from tests.support.factors import ADDRESS, PASSWORD, App, reset_token, the_first_editor

ANOTHER = "another good one"


@pytest.fixture
def ada(context: Context) -> Editor:
    a_newsletter(context)
    return the_first_editor(context)


def test_a_new_password_ends_all_sessions_and_the_link(context: Context, ada: Editor) -> None:
    token = reset_token(context)
    may = begin_reset(context, token)
    assert isinstance(may, MayReset)
    assert find_signed_in(context, ada.id, ada.session_key), "nothing has changed yet"
    with pytest.raises(InvalidInput):
        reset_password(context, may, "short")
    editor = reset_password(context, may, ANOTHER)
    assert find_signed_in(context, ada.id, ada.session_key) is None
    assert find_signed_in(context, ada.id, editor.session_key)
    assert isinstance(sign_in_with_password(context, ADDRESS, ANOTHER), Editor)
    with context.database.read() as session:
        told = {session.get_one(OutboxMessage, one).payload["change"] for one in editor.outbox_ids}
    assert AccountChange.NEW_PASSWORD in told
    with pytest.raises(InvalidToken):
        begin_reset(context, token)
    with pytest.raises(InvalidToken):
        reset_password(context, may, PASSWORD)


def test_a_link_is_for_its_own_purpose_and_void_after_a_sign_in(
    context: Context, ada: Editor
) -> None:
    token = reset_token(context)
    with pytest.raises(InvalidToken):
        sign_in_with_link(context, token)
    sign_in_with_password(context, ADDRESS, PASSWORD)
    with pytest.raises(InvalidToken):
        begin_reset(context, token)


def test_the_second_factor_is_asked_before_anything_changes(
    context: Context, ada: Editor, clock: Clock
) -> None:
    app = App(context, ada)
    clock.advance(timedelta(minutes=1))
    begun = begin_reset(context, reset_token(context))
    assert isinstance(begun, HalfSignedIn)
    with pytest.raises(InvalidInput):
        go_on_with_code(context, begun, app.wrong_code())
    may = go_on_with_code(context, begun, app.code())
    clock.advance(timedelta(minutes=10))
    with pytest.raises(InvalidToken):
        reset_password(context, may, ANOTHER)
    assert isinstance(sign_in_with_password(context, ADDRESS, PASSWORD), HalfSignedIn)


def test_links_are_few_and_of_an_unknown_address_nobody_learns(
    context: Context, ada: Editor
) -> None:
    assert request_password_reset(context, "nobody@example.org") == []
    asked = [request_password_reset(context, ADDRESS) for _ in range(LINKS_AN_HOUR + 1)]
    assert [len(ids) for ids in asked] == [1] * LINKS_AN_HOUR + [0]
    with context.database.read() as session:
        reset = OutboxMessage.kind == OutboxKind.PASSWORD_RESET
        row = session.scalars(select(OutboxMessage).where(reset)).first()
    assert row
    mail = compose_mail(context, row)
    assert mail.envelope.recipient == ADDRESS
    assert b"/editor/password/" in mail.message.replace(b"=\r\n", b"")

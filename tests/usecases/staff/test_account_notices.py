"""An editor learns by mail what somebody else may have done to the account."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.store.models import OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.sign_in import (
    Account,
    request_sign_in_link,
    save_account,
    sign_in_with_link,
    sign_in_with_password,
)
from tests.conftest import Clock
from tests.support.builders import a_newsletter

ADDRESS, PASSWORD, ANOTHER = "ada@example.org", "correct horse battery", "another good one"


@pytest.fixture
def ada(context: Context) -> Editor:
    a_newsletter(context)
    link = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, link.rpartition("/")[2])
    return save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))


def told(context: Context, editor: Editor) -> list[tuple[str, str]]:
    """To whom, and the subject, of the mails that the use case put in the outbox."""
    with context.database.read() as session:
        rows = list(
            session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.id.in_(editor.outbox_ids))
                .order_by(OutboxMessage.id)
            )
        )
    mails = [compose_mail(context, row) for row in rows]
    parsed = [email.message_from_bytes(one.message, policy=email.policy.default) for one in mails]
    return [
        (one.envelope.recipient, str(m["Subject"])) for one, m in zip(mails, parsed, strict=True)
    ]


def test_setting_up_an_account_tells_nobody(context: Context, ada: Editor) -> None:
    assert ada.outbox_ids == ()


def test_a_new_browser_is_told_however_it_came_in(
    context: Context, ada: Editor, clock: Clock
) -> None:
    by_password = sign_in_with_password(context, ADDRESS, PASSWORD)
    ((address, subject),) = told(context, by_password)
    assert address == ADDRESS
    assert subject.startswith("New sign-in to ")
    link = prepare_link(context)
    ((address, subject),) = told(context, sign_in_with_link(context, link))
    assert (address, subject.partition(" to ")[0]) == (ADDRESS, "New sign-in")


def test_a_browser_that_was_in_before_is_not_told(context: Context, ada: Editor) -> None:
    device = context.signer.sign_device(ada.id)
    assert sign_in_with_password(context, ADDRESS, PASSWORD, device).outbox_ids == ()
    assert sign_in_with_link(context, prepare_link(context), device).outbox_ids == ()


@pytest.mark.parametrize("token", ["", "nonsense", "of another"])
def test_a_browser_of_another_editor_is_a_new_one(
    context: Context, ada: Editor, token: str
) -> None:
    device = context.signer.sign_device(ada.id + 1) if token == "of another" else token
    assert sign_in_with_password(context, ADDRESS, PASSWORD, device).outbox_ids


def test_a_new_password_is_told(context: Context, ada: Editor) -> None:
    changed = save_account(context, ada.id, Account("Ada", ADDRESS, ANOTHER, PASSWORD))
    ((address, subject),) = told(context, changed)
    assert address == ADDRESS
    assert "password" in subject
    by_link = save_account(context, ada.id, Account("Ada", ADDRESS, PASSWORD, came_by_link=True))
    assert len(told(context, by_link)) == 1


def test_a_new_address_is_told_to_the_old_one(context: Context, ada: Editor) -> None:
    account = Account("Ada", "eve@example.org", ANOTHER, PASSWORD)
    notices = told(context, save_account(context, ada.id, account))
    assert [address for address, _ in notices] == [ADDRESS, ADDRESS]
    assert ["password" in notices[0][1], "email address" in notices[1][1]] == [True, True]


def test_a_new_name_is_told_nobody(context: Context, ada: Editor) -> None:
    assert save_account(context, ada.id, Account("Ada L.", ADDRESS)).outbox_ids == ()


def test_the_notice_says_when_and_what_to_do_and_holds_no_sign_in_link(
    context: Context, ada: Editor, clock: Clock
) -> None:
    clock.advance(timedelta(minutes=34))
    signed_in = sign_in_with_password(context, ADDRESS, PASSWORD)
    with context.database.read() as session:
        row = session.get_one(OutboxMessage, signed_in.outbox_ids[0])
    text = compose_mail(context, row).message.decode().replace("=\n", "")
    assert "Sun 22 Nov 2026, 12:34 UTC" in text
    assert "http://localhost:8000/editor/account" in text
    assert "sign-in/" not in text


def prepare_link(context: Context) -> str:
    request_sign_in_link(context, ADDRESS)
    with context.database.read() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "sign-in")
        row = session.scalars(query.order_by(OutboxMessage.id.desc())).first()
    message = compose_mail(replace(context), row).message
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    text = parsed.get_body(("plain",)).get_content()
    return text.partition("/sign-in/")[2].split()[0]

"""Editors are invited, and removed."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.domain.errors import Conflict, NotFound
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Event, OutboxMessage, User
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.staff.remove_editor import remove_editor
from newsletter.usecases.staff.sign_in import (
    Account,
    check_sign_in_link,
    save_account,
    sign_in_with_link,
)
from tests.support.principals import by
from tests.web.editor.conftest import PASSWORD, Person, words

EDITORS = "/editor/editors/"
BEN = "ben@example.org"


def invite_ben(editor: Person, post: str = "role", role: str = "editor") -> Any:
    asked = {"address": BEN, "name": "Ben", "current": PASSWORD}
    return editor.submit(
        EDITORS, EDITORS, **asked, post=post, newsletter="news", role=role, status=303
    )


def mail_to_ben(context: Context) -> EmailMessage:
    with context.database.read() as session:
        row = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert row is not None
    message = message_from_bytes(compose_mail(context, row).message, policy=policy.default)
    return cast("EmailMessage", message)


def token_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    line = next(line for line in body.get_content().splitlines() if "/editor/sign-in/" in line)
    return str(line.strip().rpartition("/")[2])


def ben_with_a_session(app: Flask, context: Context, editor: Person) -> tuple[int, Person]:
    invite_ben(editor)
    ben = sign_in_with_link(context, token_of(mail_to_ben(context)))
    save_account(context, ben.id, Account("Ben", BEN, PASSWORD))
    person = Person(app.test_client())
    person.submit("/editor/sign-in", "sign-in", address=BEN, password=PASSWORD, status=303)
    return ben.id, person


def test_an_invitation_says_who_invites_to_what(context: Context, editor: Person) -> None:
    invite_ben(editor)
    mail = mail_to_ben(context)
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert mail["To"] == BEN
    assert mail["Subject"] == "Ada invites you to My newsletter"
    assert "Ada has made you an editor of My newsletter." in text
    assert "Accept the invitation" in text
    assert "If you did not ask for it" not in text


def test_an_invitation_lasts_for_days_and_works_once(
    context: Context, editor: Person, app: Flask
) -> None:
    invite_ben(editor)
    token = token_of(mail_to_ben(context))
    person = Person(app.test_client())
    check_sign_in_link(context, token)
    assert "This link works once" in person.get(f"/editor/sign-in/{token}")
    ben = sign_in_with_link(context, token)
    assert (ben.address, ben.is_set_up) == (BEN, False)
    assert "has been used" in person.get(f"/editor/sign-in/{token}", status=410)


def test_a_removed_editor_is_signed_out_at_once(
    app: Flask, context: Context, editor: Person
) -> None:
    ben_id, ben = ben_with_a_session(app, context, editor)
    assert "Hello, Ben" in words(ben.get("/editor/"))
    editor.submit(f"{EDITORS}{ben_id}/remove", current=PASSWORD, status=303)
    assert "no longer an editor" in words(editor.get(EDITORS))
    assert ben.client.get("/editor/").status_code == 303
    refused = ben.submit("/editor/sign-in", "sign-in", address=BEN, password=PASSWORD)
    assert refused.status_code == 400


def test_removing_asks_for_the_own_password(context: Context, editor: Person) -> None:
    invite_ben(editor)
    with context.database.read() as session:
        ben_id = session.scalars(select(User.id).where(User.address == BEN)).one()
    page = editor.submit(f"{EDITORS}{ben_id}/remove", current="wrong", status=400).text
    assert 'id="current-problem"' in page
    assert BEN in editor.get(EDITORS)


def test_mail_that_waits_for_a_removed_editor_is_not_sent(context: Context, editor: Person) -> None:
    invite_ben(editor)
    token = token_of(mail_to_ben(context))
    with context.database.read() as session:
        ben_id = session.scalars(select(User.id).where(User.address == BEN)).one()
    remove_editor(context, ben_id, by("ada@example.org"))
    with context.database.read() as session:
        row = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        event = session.scalars(select(Event).where(Event.action == "user.removed")).one()
    assert row is not None
    assert (row.state, row.user_id) == ("withdrawn", None)
    assert (event.subject_id, event.facts["address"]) == (ben_id, BEN)
    with pytest.raises(NotFound):
        compose_mail(context, row)
    assert editor.client.get(f"/editor/sign-in/{token}").status_code in (303, 410)


def test_nobody_removes_themselves_or_the_last_editor(
    context: Context, editor: Person, first_editor: int
) -> None:
    page = editor.get(EDITORS)
    assert f"{EDITORS}{first_editor}/remove" not in page
    editor.submit(f"{EDITORS}{first_editor}/remove", current=PASSWORD, status=303)
    assert "remove yourself" in words(editor.get(EDITORS))
    with pytest.raises(Conflict, match="only editor"):
        remove_editor(context, first_editor, Principal.command_line("root"))


def test_who_was_removed_can_be_invited_again(context: Context, editor: Person) -> None:
    invite_ben(editor)
    with context.database.read() as session:
        ben_id = session.scalars(select(User.id).where(User.address == BEN)).one()
    editor.submit(f"{EDITORS}{ben_id}/remove", current=PASSWORD, status=303)
    invite_ben(editor)
    assert BEN in editor.get(EDITORS)

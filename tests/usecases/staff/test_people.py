"""People are invited to a role in a newsletter, get another one, hand it over, and leave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Barrier
from typing import Any, cast

import pytest
from sqlalchemy import select

from newsletter.domain.errors import Conflict, Forbidden, InvalidInput, LimitReached
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.signing import InvalidToken
from newsletter.store.models import Invitation, Newsletter, OutboxMessage
from newsletter.store.roles import roles_of
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.outbox.mail import Gone
from newsletter.usecases.staff.add_editor import add_editor, list_editors
from newsletter.usecases.staff.administrators import dismiss_administrator, make_administrator
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.invitations import (
    accept_invitation,
    invite,
    open_invitation,
    resend_invitation,
    withdraw_invitation,
)
from newsletter.usecases.staff.people import (
    change_role,
    hand_over,
    leave_newsletter,
    list_people,
    remove_person,
)
from newsletter.usecases.staff.remove_editor import remove_editor
from newsletter.usecases.staff.sessions import find_signed_in
from tests.support.builders import a_newsletter, an_editor
from tests.support.principals import by

ADA = by("ada@example.org")
BEN = "ben@example.org"


@pytest.fixture
def notes(context: Context) -> Newsletter:
    an_editor(context, address="ada@example.org", name="Ada")
    return a_newsletter(context, slug="notes")


def token_to_ben(context: Context) -> str:
    """Of the invitation as it is now."""
    with context.database.read() as session:
        found = session.scalars(select(Invitation).order_by(Invitation.id.desc())).first()
    assert found is not None
    return context.signer.sign_role_invitation(found.id, found.stamp)


def invite_ben(context: Context, role: Role = Role.AUTHOR) -> OutboxMessage:
    (outbox_id,) = invite(context, "notes", BEN, role, ADA)
    with context.database.read() as session:
        return session.get_one(OutboxMessage, outbox_id)


def role_of(context: Context, user_id: int, newsletter: Newsletter) -> Role | None:
    with context.database.read() as session:
        return roles_of(session, user_id).get(newsletter.id)


def join(context: Context, role: Role) -> Editor:
    invite_ben(context, role)
    return accept_invitation(context, token_to_ben(context))


def test_an_invitation_says_who_invites_to_what_and_works_once(
    context: Context, notes: Newsletter
) -> None:
    row = invite_ben(context)
    mail = compose_mail(context, row).message
    assert b"Ada invites you to Field Notes as an author." in mail.replace(b"=\r\n", b"")
    token = token_to_ben(context)
    assert (open_invitation(context, token).role, token in mail.decode()) == (Role.AUTHOR, False)
    ben = accept_invitation(context, token)
    assert role_of(context, ben.id, notes) is Role.AUTHOR
    with pytest.raises(InvalidToken, match="has been used"):
        accept_invitation(context, token)
    with pytest.raises(Gone):
        compose_mail(context, row)


def test_an_invitation_that_many_accept_at_once_lets_one_in(
    context: Context, notes: Newsletter
) -> None:
    invite_ben(context)
    token, start = token_to_ben(context), Barrier(4)

    def accept_once() -> int:
        start.wait(timeout=30)
        try:
            return accept_invitation(context, token).id
        except InvalidToken:
            return 0

    with ThreadPoolExecutor(4) as pool:
        came = [pool.submit(accept_once) for _ in range(4)]
    assert [one.result() > 0 for one in came].count(True) == 1


def test_an_address_that_two_invite_at_once_gets_one_mail(
    context: Context, notes: Newsletter
) -> None:
    start = Barrier(4)

    def invite_once() -> int:
        start.wait()
        try:
            return len(invite(context, notes.slug, BEN, Role.AUTHOR, ADA))
        except InvalidInput:
            return 0

    with ThreadPoolExecutor(4) as pool:
        mails = [pool.submit(invite_once) for _ in range(4)]
    assert sum(one.result() for one in mails) == 1


def test_it_ends_after_a_week_and_is_sent_again_or_withdrawn(
    context: Context, notes: Newsletter
) -> None:
    invite_ben(context)
    first, (invited,) = token_to_ben(context), list_people(context, "notes", ADA).invited
    with pytest.raises(InvalidInput, match="invited already"):
        invite_ben(context)
    with pytest.raises(LimitReached):
        resend_invitation(context, "notes", invited.id, ADA)
    later = replace(context, now=lambda: context.now() + timedelta(days=8))
    assert list_people(later, "notes", ADA).invited[0].is_over
    with pytest.raises(InvalidToken):
        open_invitation(later, first)
    resend_invitation(later, "notes", invited.id, ADA)
    second = token_to_ben(context)
    with pytest.raises(InvalidToken):
        open_invitation(later, first)
    assert open_invitation(later, second).address == BEN
    withdraw_invitation(later, "notes", invited.id, ADA)
    with pytest.raises(InvalidToken):
        open_invitation(later, second)
    assert list_people(later, "notes", ADA).invited == ()


def test_an_address_with_an_account_accepts_once_signed_in(
    context: Context, notes: Newsletter
) -> None:
    ben = an_editor(context, address=BEN)
    invite_ben(context)
    token = token_to_ben(context)
    assert open_invitation(context, token).has_account
    with pytest.raises(Forbidden, match="This invitation is for ben@"):
        accept_invitation(context, token)
    other = Editor(ben.id + 1, "cy@example.org", "", has_password=True, signed_in_at=None)
    with pytest.raises(Forbidden):
        accept_invitation(context, token, other)
    accept_invitation(context, token, replace(other, id=ben.id))
    assert role_of(context, ben.id, notes) is Role.AUTHOR


def test_another_role_and_none_take_effect_with_the_next_request(
    context: Context, notes: Newsletter
) -> None:
    ben = join(context, Role.EDITOR)

    def now_is() -> Principal:
        found = find_signed_in(context, ben.id, ben.session_key)
        assert found is not None
        return found.principal

    assert now_is() == Principal.editor(ben.id, BEN, {notes.id: Role.EDITOR})
    change_role(context, "notes", ben.id, Role.VIEWER, ADA)
    assert now_is() == Principal.editor(ben.id, BEN, {notes.id: Role.VIEWER})
    remove_person(context, "notes", ben.id, ADA)
    assert now_is() == Principal.editor(ben.id, BEN, {})


def test_there_is_always_an_owner(context: Context, notes: Newsletter) -> None:
    ben = join(context, Role.OWNER)
    owner = Principal.editor(ben.id, BEN, {notes.id: Role.OWNER})
    for attempt in (
        lambda: leave_newsletter(context, "notes", owner),
        lambda: remove_person(context, "notes", ben.id, ADA),
        lambda: change_role(context, "notes", ben.id, Role.EDITOR, ADA),
    ):
        with pytest.raises(Conflict, match="always has an owner"):
            attempt()
    invite(context, "notes", "cy@example.org", Role.AUTHOR, owner)
    cy = accept_invitation(context, token_to_ben(context))
    hand_over(context, "notes", cy.id, owner)
    roles = {one.user_id: one.role for one in list_people(context, "notes", ADA).people}
    assert roles == {cy.id: Role.OWNER, ben.id: Role.EDITOR}
    leave_newsletter(context, "notes", Principal.editor(ben.id, BEN, {notes.id: Role.EDITOR}))
    assert role_of(context, ben.id, notes) is None


def test_who_owns_a_newsletter_alone_or_runs_the_server_alone_is_not_removed(
    context: Context, notes: Newsletter
) -> None:
    ben, cy = join(context, Role.OWNER), an_editor(context)
    root = Principal.command_line("root")
    with pytest.raises(Conflict, match="only owner of Field Notes"):
        remove_editor(context, ben.id, ADA)
    make_administrator(context, cy.id, ADA)
    for attempt in (remove_editor, dismiss_administrator):
        with pytest.raises(Conflict, match="only administrator"):
            attempt(context, cy.id, root)
    make_administrator(context, ben.id, ADA)
    dismiss_administrator(context, cy.id, root)
    remove_editor(context, cy.id, root)
    assert {one.id: one.is_administrator for one in list_editors(context, ADA)}[ben.id]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"roles": {"notes": Role.AUTHOR}}, "Ada has made you an author of Field Notes."),
        ({"is_administrator": True}, "Ada has made you an administrator, who runs the server."),
        ({}, "Ada has made an account for you. Ask them for a role in a newsletter."),
    ],
)
def test_an_added_editor_has_the_role_that_was_chosen_and_the_mail_says_so(
    context: Context, notes: Newsletter, given: dict[str, Any], said: str
) -> None:
    (outbox_id,) = add_editor(context, BEN, "Ben", ADA, **given)
    ben = next(one for one in list_editors(context, ADA) if one.address == BEN)
    assert list(ben.roles.values()) == list(given.get("roles", {}).values())
    assert ben.is_administrator is given.get("is_administrator", False)
    with context.database.read() as session:
        row = session.get_one(OutboxMessage, outbox_id)
    mail = compose_mail(context, row)
    message = cast("EmailMessage", message_from_bytes(mail.message, policy=policy.default))
    text = message.get_body(("plain",))
    assert text is not None
    assert said in " ".join(text.get_content().split())

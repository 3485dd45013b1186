"""What only a person can see to is told once a day to who can read it, where nobody got it."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy

import pytest
from sqlalchemy import select

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.staff.roles import Role
from newsletter.store.models import Newsletter, OutboxMessage
from newsletter.store.roles import give_role
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from newsletter.usecases.feedback.tell_unread import tell_unread
from newsletter.usecases.outbox.compose_mail import compose_mail
from tests.conftest import Clock
from tests.support.builders import a_newsletter, an_editor
from tests.support.ledgers import a_sent_issue
from tests.support.reports import a_bounce, a_mail, copy_to

READER = "accepted-1@example.org"


def people(context: Context, newsletter: Newsletter) -> None:
    """An administrator, and an owner of the newsletter."""
    an_editor(context, address="ops@example.org", administrator_since=context.now())
    owner = an_editor(context, address="owner@example.org")
    with context.database.write() as session:
        give_role(session, newsletter.id, owner.id, Role.OWNER, "", context.now())


def come_back(context: Context, *messages: bytes) -> None:
    store_arrivals(context, [Arrival(Door.SMTP, one) for one in messages])
    judge_new(context)


def told(context: Context) -> dict[str, str]:
    """The text of each mail by who gets it."""
    with context.database.read() as session:
        wanted = select(OutboxMessage).where(OutboxMessage.id.in_(tell_unread(context)))
        rows = list(session.scalars(wanted))
    mails = [compose_mail(context, row) for row in rows]
    return {mail.envelope.recipient: text_of(mail.message) for mail in mails}


def text_of(message: bytes) -> str:
    body = email.message_from_bytes(message, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_a_reply_without_a_reply_address_is_told_once_a_day(context: Context, clock: Clock) -> None:
    newsletter = a_newsletter(context, reply_to="")
    a_newsletter(context, slug="other", reply_to="desk@example.org")
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter)
    people(context, newsletter)
    assert told(context) == {}
    clock.advance(timedelta(hours=1))
    to = copy_to(sent, READER).verp
    come_back(
        context,
        a_mail(to=to, subject="Re: On slow tools", text="I liked it."),
        a_mail(to=to, subject="Re: On slow tools", text="I liked that, too."),
        a_mail(to="x@example.org", subject="State 7", text="It was entered.", From=""),
        a_bounce(to=to, about=READER),
    )
    assert told(context) == {}
    clock.advance(timedelta(days=1))
    found = told(context)
    assert set(found) == {"owner@example.org", "ops@example.org"}
    assert f"{newsletter.name}: 2." in found["owner@example.org"]
    assert f"/editor/newsletters/{newsletter.slug}/came-back" in found["owner@example.org"]
    assert "Not known for which newsletter: 1." in found["ops@example.org"]
    clock.advance(timedelta(days=1))
    assert told(context) == {}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_was_forwarded_is_not_told(context: Context, clock: Clock) -> None:
    newsletter = a_newsletter(context, reply_to="desk@example.org")
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter)
    people(context, newsletter)
    clock.advance(timedelta(hours=1))
    come_back(context, a_mail(to=copy_to(sent, READER).verp, subject="Re: Hi", text="I liked it."))
    clock.advance(timedelta(days=1))
    assert told(context) == {}
    with context.database.read() as session:
        assert list(session.scalars(select(OutboxMessage.kind))) == [OutboxKind.REPLY]

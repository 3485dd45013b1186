"""Whose copy a report is about, what is recorded, and what no stranger can make us believe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.mail.verp import verp_sender
from newsletter.store.models import (
    FeedbackRow,
    InboundMessage,
    OutboxMessage,
    Subscriber,
    Subscription,
)
from newsletter.store.readers.erasures import erase_person
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_again, judge_new
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from newsletter.usecases.outbox.compose_mail import compose_mail
from tests.support.builders import a_newsletter
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.reports import BOUNCE_DOMAIN, Copy, a_bounce, a_complaint, a_mail, copy_to

READER = "accepted-1@example.org"
OTHER = "accepted-2@example.org"
SECRET = "returns-8f3a@example.org"

sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def sent(context: Context) -> SentIssue:
    newsletter = a_newsletter(context, reply_to="desk@example.org")
    return a_sent_issue(context, "accepted-1", "accepted-2", newsletter=newsletter)


def judged(context: Context, content: bytes, *recipients: str) -> list[FeedbackRow]:
    store_arrivals(context, [Arrival(Door.SMTP, content, recipients=recipients)])
    judge_new(context)
    return facts(context)


def facts(context: Context) -> list[FeedbackRow]:
    with context.database.read() as session:
        return list(session.scalars(select(FeedbackRow).order_by(FeedbackRow.id)))


def state_of(sent: SentIssue, address: str) -> str:
    with sent.context.database.read() as session:
        return session.scalars(
            select(Subscription.state).where(Subscription.id == sent.line(address).subscription_id)
        ).one()


PROVEN: dict[str, Callable[[Copy], bytes]] = {
    "verp": lambda copy: a_bounce(to=copy.verp.upper(), about="alias@elsewhere.example"),
    "token": lambda copy: a_bounce(
        to="news@example.org",
        about="alias@elsewhere.example",
        returned=f"List-Unsubscribe: <{copy.link}>",
    ),
    "message-id": lambda copy: a_bounce(
        to=SECRET, about=READER, returned=f"Message-ID: {copy.message_id}"
    ),
}


@pytest.mark.parametrize("proof", PROVEN)
def test_a_report_is_about_the_copy_that_it_proves(sent: SentIssue, proof: str) -> None:
    settings = replace(sent.context.settings, inbound_bounce_addresses=(SECRET,))
    copy = copy_to(sent, READER)
    [fact] = judged(replace(sent.context, settings=settings), PROVEN[proof](copy))
    assert (fact.proof, fact.verdict, fact.status) == (proof, "hard", "5.1.1")
    assert (fact.edition_id, fact.subscriber_id) == (copy.line.edition_id, copy.line.subscriber_id)
    assert sent.line(READER).state == "accepted"


FORGED: dict[str, Callable[[Copy], bytes]] = {
    "an address that was mailed lately": lambda _: a_bounce(to="news@example.org", about=READER),
    "a VERP with a wrong MAC": lambda copy: a_bounce(
        to=f"{copy.verp.partition('.')[0]}.aaaaaaaaaaaaaaaa@{BOUNCE_DOMAIN}", about=READER
    ),
    "a VERP of another installation": lambda copy: a_bounce(
        to=verp_sender(
            "d",
            (copy.line.edition_id, copy.line.subscriber_id),
            BOUNCE_DOMAIN,
            ["another-secret-16"],
        ),
        about=READER,
    ),
    "a guessed Message-ID of another reader": lambda copy: a_bounce(
        to="news@example.org", about=OTHER, returned=f"Message-ID: {copy.message_id}"
    ),
    "a guessed Message-ID and the address of its reader": lambda copy: a_bounce(
        to="news@example.org", about=READER, returned=f"Message-ID: {copy.message_id}"
    ),
    "a Message-ID with another moment": lambda copy: a_bounce(
        to="news@example.org",
        about=READER,
        returned=f"Message-ID: {copy.message_id.replace('.2026', '.2025')}",
    ),
    "a complaint without a proof": lambda _: a_complaint(
        to="news@example.org", returned=f"To: {READER}"
    ),
    "a wish to leave in another's name": lambda _: a_mail(
        to="news@example.org", subject="unsubscribe", From=READER
    ),
}


@sqlite_alone
@pytest.mark.parametrize("how", FORGED)
def test_what_a_stranger_could_have_typed_changes_nothing_and_is_kept(
    sent: SentIssue, how: str
) -> None:
    [fact] = judged(sent.context, FORGED[how](copy_to(sent, READER)))
    assert fact.subscriber_id is None
    assert state_of(sent, READER) == state_of(sent, OTHER) == SubscriptionState.ACTIVE


@sqlite_alone
def test_an_address_is_believed_where_only_bounces_can_come(sent: SentIssue) -> None:
    settings = replace(sent.context.settings, inbound_bounce_addresses=(SECRET,))
    context = replace(sent.context, settings=settings)
    [fact] = judged(context, a_bounce(to=SECRET, about=READER))
    assert (fact.proof, fact.subscriber_id) == ("address", sent.line(READER).subscriber_id)


@sqlite_alone
def test_what_a_provider_signed_is_believed_by_its_address(sent: SentIssue) -> None:
    event = b'{"RecordType": "Bounce", "Type": "HardBounce", "Email": "accepted-1@example.org"}'
    store_arrivals(sent.context, [Arrival(Door.POSTMARK, event, event_key="1")])
    judge_new(sent.context)
    [fact] = facts(sent.context)
    assert (fact.proof, fact.verdict) == ("provider", "hard")
    assert state_of(sent, READER) == SubscriptionState.SUPPRESSED


def test_a_complaint_and_a_wish_to_leave_by_mail_end_the_subscription_at_once(
    sent: SentIssue,
) -> None:
    complained, asked = copy_to(sent, READER), copy_to(sent, OTHER)
    returned = f"List-Unsubscribe: <{complained.link}>,\r\n <mailto:{complained.verp}>"
    judged(sent.context, a_complaint(to="abuse@example.org", returned=returned))
    judged(sent.context, a_mail(to="x@y.example", subject=""), asked.unsubscribe_address)
    assert state_of(sent, READER) == SubscriptionState.SUPPRESSED
    assert state_of(sent, OTHER) == SubscriptionState.UNSUBSCRIBED


@sqlite_alone
def test_the_same_report_twice_counts_once_and_can_be_judged_again(sent: SentIssue) -> None:
    report = a_bounce(to=copy_to(sent, READER).verp, about=READER)
    assert len(judged(sent.context, report)) == 1
    assert len(judged(sent.context, report)) == 1
    with sent.context.database.write() as session:
        row = session.scalars(select(InboundMessage)).one()
        row.classifier = 0
    assert (judge_again(sent.context), judge_new(sent.context).messages) == (1, 1)
    assert judge_again(sent.context) == 0
    assert [fact.verdict for fact in facts(sent.context)] == ["hard"]


@sqlite_alone
def test_of_an_erased_reader_nothing_personal_is_kept(sent: SentIssue) -> None:
    copy = copy_to(sent, READER)
    with sent.context.database.write() as session:
        erase_person(
            session, session.get_one(Subscriber, copy.line.subscriber_id), sent.context.now()
        )
    [fact] = judged(sent.context, a_bounce(to=copy.verp, about=READER))
    assert (fact.verdict, fact.recipient, fact.diagnostic) == ("hard", "", "")


def replies(context: Context) -> list[OutboxMessage]:
    with context.database.read() as session:
        return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "reply")))


@sqlite_alone
def test_a_persons_reply_is_forwarded_once_with_the_original(sent: SentIssue) -> None:
    copy = copy_to(sent, READER)
    reply = a_mail(
        to=copy.verp, subject="Re: On slow tools", text="I liked it.", In_Reply_To=copy.message_id
    )
    judged(sent.context, reply)
    judged(sent.context, reply)
    [row] = replies(sent.context)
    mail = compose_mail(sent.context, row)
    assert mail.envelope.recipient == "desk@example.org"
    assert b"Reply-To: bob@example.net" in mail.message
    assert b"I liked it." in mail.message
    assert b"Auto-Submitted: auto-generated" in mail.message


@sqlite_alone
def test_what_no_rule_understands_is_forwarded_unless_it_is_about_a_copy(sent: SentIssue) -> None:
    for to in (copy_to(sent, READER).verp, SECRET):
        judged(sent.context, a_mail(to=to, subject="State 7", text="It was entered.", From=""))
    assert [fact.verdict for fact in facts(sent.context)] == ["unknown", "unknown"]
    [row] = replies(sent.context)
    assert row.payload["inbound_id"] == 2
    message = compose_mail(sent.context, row).message
    assert b"It was entered." in message
    assert b"Reply-To" not in message.partition(b"\r\n\r\n")[0]


CIRCLES: dict[str, dict[str, str]] = {
    "a forwarded reply that comes back": {"Message_ID": "<o1.20261122090000000000@example.org>"},
    "an answer by a machine": {"Auto_Submitted": "auto-replied"},
    "a mail that has passed too many servers": {"X_Y": "z" + "\r\nReceived: from a by b" * 30},
    "our own sender": {"From": "ada@example.org"},
}


@sqlite_alone
@pytest.mark.parametrize("how", CIRCLES)
def test_what_may_go_round_in_a_circle_is_not_forwarded(sent: SentIssue, how: str) -> None:
    judged(sent.context, a_mail(to=copy_to(sent, READER).verp, subject="Re: Hi", **CIRCLES[how]))
    assert replies(sent.context) == []


HOSTILE = {
    "30 MB": b"Subject: x\r\n\r\n" + b"x" * 60 + b"\r\n" * 15_000_000,
    "nested 50 deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(50)
    ),
    "a charset that there is not": b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe",
    "an archive": b"Content-Type: application/zip\r\n\r\nPK\x03\x04",
    "nothing": b"",
}


@sqlite_alone
def test_hostile_messages_are_kept_believed_in_nothing_and_hold_up_no_other(
    sent: SentIssue,
) -> None:
    arrivals = [Arrival(Door.SMTP, content) for content in HOSTILE.values()]
    report = a_bounce(to=copy_to(sent, READER).verp, about=READER)
    store_arrivals(sent.context, [*arrivals, Arrival(Door.SMTP, report)])
    while judge_new(sent.context).messages:
        pass
    assert [fact.verdict for fact in facts(sent.context) if fact.subscriber_id] == ["hard"]
    assert {fact.verdict for fact in facts(sent.context)} <= {"hard", "unknown", "reply"}

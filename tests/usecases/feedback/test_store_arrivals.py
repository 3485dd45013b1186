"""What comes in is a row before it is judged, each report once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from newsletter.domain.feedback.inbound import (
    Arrival,
    Door,
    InboundState,
    Proof,
    ReportedCopy,
    Whose,
)
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.store.feedback.facts import add_fact
from newsletter.store.models import FeedbackRow, InboundMessage, Subscriber
from newsletter.store.readers.erasures import erase_person
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.forget_old_messages import forget_old_messages
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from tests.conftest import Clock
from tests.support.ledgers import a_sent_issue

REPORT = Arrival(
    Door.SMTP,
    b"Received: from mx.example.net\r\n\tby here\r\nSubject: Undelivered\r\n\r\nNo such user.\r\n",
    recipients=("b+1@bounce.example.org",),
)


def rows(context: Context) -> list[InboundMessage]:
    with context.database.read() as session:
        return list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


def test_a_batch_is_stored_whole_and_each_report_once_by_whichever_hops_it_came(
    context: Context,
) -> None:
    other_hops = b"Return-Path: <>\nReceived: from elsewhere\n"
    again = replace(REPORT, content=other_hops + REPORT.content.partition(b"by here\r\n")[2])
    events = [Arrival(Door.SES, b"{}", event_key=f"event-{number}") for number in range(1000)]
    ids = store_arrivals(context, [REPORT, again, *events, events[7]])
    assert len(ids) == 1001
    assert store_arrivals(context, [again, *events]) == []
    assert store_arrivals(context, [replace(REPORT, recipients=("b+2@bounce.example.org",))])
    assert {row.state for row in rows(context)} == {InboundState.NEW}


def test_texts_that_no_database_takes_are_stored_without_what_is_wrong_in_them(
    context: Context,
) -> None:
    store_arrivals(context, [replace(REPORT, content=b"\0\xff", sender="a\0\udcff@example.org")])
    [row] = rows(context)
    assert (row.content, row.sender) == (b"\0\xff", "a?@example.org")


def test_the_body_goes_after_a_week_and_the_row_after_a_month_but_what_it_said_stays(
    context: Context, clock: Clock
) -> None:
    copy = a_copy(context)
    [message_id] = store_arrivals(context, [REPORT])
    with context.database.write() as session:
        add_fact(session, message_id, clock.now, SAID, Whose(copy, Proof.VERP))
    clock.advance(timedelta(days=8))
    forget_old_messages(context)
    assert [row.content for row in rows(context)] == [None]
    clock.advance(timedelta(days=23))
    assert forget_old_messages(context) == 1
    assert [(fact.inbound_id, fact.verdict) for fact in facts(context)] == [(None, "hard")]


def test_of_an_erased_reader_the_verdicts_stay_and_the_words_go(context: Context) -> None:
    copy = a_copy(context)
    [message_id] = store_arrivals(context, [REPORT])
    with context.database.write() as session:
        add_fact(session, message_id, context.now(), SAID, Whose(copy, Proof.VERP))
        erase_person(session, session.get_one(Subscriber, copy.subscriber_id), context.now())
    [fact], [row] = facts(context), rows(context)
    assert (fact.verdict, fact.recipient, fact.diagnostic) == ("hard", "", "")
    assert (row.content, row.recipients) == (None, [])


SAID = Feedback(
    "reader@example.org", FeedbackVerdict.HARD, "5.1.1", diagnostic="reader@example.org is unknown"
)


def a_copy(context: Context) -> ReportedCopy:
    sent = a_sent_issue(context, "accepted-1")
    line = sent.line("accepted-1@example.org")
    return ReportedCopy(sent.newsletter.id, line.subscriber_id, line.edition_id)


def facts(context: Context) -> list[FeedbackRow]:
    with context.database.read() as session:
        return list(session.scalars(select(FeedbackRow).order_by(FeedbackRow.id)))

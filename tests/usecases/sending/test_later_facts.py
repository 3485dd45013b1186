"""What came back of accepted copies is counted, listed, told at home, and on the reader's page."""

from __future__ import annotations

from datetime import timedelta

from newsletter.domain.feedback.later_facts import LaterFacts, LaterKind
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.usecases.context import Context
from newsletter.usecases.readers.list_subscribers import show_subscriber
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.show_deliveries import show_deliveries
from newsletter.usecases.sending.show_later import feedback_alarms, show_later
from tests.conftest import Clock
from tests.support.ledgers import a_sent_issue, say
from tests.support.principals import EDITOR

V = FeedbackVerdict


def test_each_copy_that_bounced_counts_once_and_the_report_still_adds_up(context: Context) -> None:
    sent = a_sent_issue(context, *(f"accepted-{n}" for n in range(8)), "failed-1")
    say(sent, "accepted-0", V.HARD, V.HARD)
    say(sent, "accepted-1", V.SOFT, V.HARD)
    say(sent, "accepted-2", V.SOFT)
    say(sent, "accepted-3", V.SOFT, V.DELIVERED)  # it came through in the end
    say(sent, "accepted-4", V.DELIVERED, V.SOFT)
    say(sent, "accepted-5", V.BLOCKED, V.SOFT)
    say(sent, "accepted-6", V.COMPLAINT, V.COMPLAINT, V.UNSUBSCRIBE)
    say(sent, "accepted-7", V.AUTOMATIC, V.REPLY, V.DELAY)
    report = report_issue(context, sent.issue_id, EDITOR)
    assert report.later == LaterFacts(
        hard=2, soft=2, blocked=1, complaint=1, unsubscribe=1, delay=1, answer=1
    )
    assert report.accepted == 8
    assert report.adds_up
    assert report.to_json()["later"]["bounced"] == 5
    assert report.to_json()["later"]["complaint_percent"] == 12.5


def test_copies_are_listed_by_what_came_back_page_by_page(context: Context) -> None:
    sent = a_sent_issue(context, *(f"accepted-{n}" for n in range(3)))
    for n in range(3):
        say(sent, f"accepted-{n}", V.HARD, V.HARD)
    first = show_later(context, sent.issue_id, LaterKind.HARD, EDITOR, limit=2)
    rest = show_later(context, sent.issue_id, LaterKind.HARD, EDITOR, after=first.after, limit=2)
    shown = [one.address for one in (*first.copies, *rest.copies)]
    assert shown == [f"accepted-{n}@example.org" for n in range(3)]
    assert rest.after is None
    assert show_later(context, sent.issue_id, LaterKind.SOFT, EDITOR).copies == ()


def test_home_tells_a_domain_that_sends_copies_back_and_too_many_complaints(
    context: Context, clock: Clock
) -> None:
    sent = a_sent_issue(context, *(f"accepted-{n}" for n in range(10)))
    for n in range(5):
        say(sent, f"accepted-{n}", V.SOFT, V.BLOCKED)
    say(sent, "accepted-8", V.COMPLAINT)
    (told,) = feedback_alarms(context, EDITOR)
    assert told.text == "50 % of example.org bounced back: 550 5.1.1 blocked."
    say(sent, "accepted-9", V.COMPLAINT)
    complaints, _ = feedback_alarms(context, EDITOR)
    assert "20.0 % reported it as spam. From 0.3 % on" in complaints.text
    clock.advance(timedelta(days=15))
    assert feedback_alarms(context, EDITOR) == ()


def test_the_reader_s_page_has_consent_mail_and_what_came_back_in_one_line_of_time(
    context: Context,
) -> None:
    sent = a_sent_issue(context, "accepted-0")
    say(sent, "accepted-0", V.SOFT)
    reader = sent.line("accepted-0@example.org").subscriber_id
    history = show_subscriber(context, sent.newsletter.slug, reader, EDITOR).history
    assert {line.what for line in history} >= {
        "issue #1 accepted",
        "issue #1: bounced, perhaps for now",
    }
    assert "550 5.1.1 soft" in {line.how for line in history}
    (line,) = show_deliveries(context, reader, EDITOR).lines
    assert (line.state, line.came_back) == ("accepted", "soft: 550 5.1.1 soft")

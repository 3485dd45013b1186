"""What people are told of the ledger: an issue's report, and a reader's lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import IssueState
from newsletter.store.models import Delivery, DomainPause, Issue, RelayPause
from newsletter.usecases.context import Context
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.show_deliveries import (
    NOT_A_READER,
    find_by_address,
    show_deliveries,
)
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.ledgers import SentIssue, a_sent_issue, end_copy
from tests.support.principals import EDITOR


def test_a_report_adds_up_whatever_became_of_the_copies(context: Context) -> None:
    names = [f"{state.value.replace(' ', '_')}-1" for state in DeliveryState]
    sent = a_sent_issue(context, *[name for name in names if "_" not in name], "accepted-2")
    report = report_issue(context, sent.issue_id, EDITOR)
    assert (report.active_at_freeze, report.accepted, report.held) == (10, 2, 1)
    assert report.adds_up
    assert [failure.address for failure in report.failures] == [
        "failed-1@example.org",
        "expired-1@example.org",
    ]


def test_the_speed_is_that_of_the_last_seconds(context: Context, clock: Any) -> None:
    sent = still_sending(context, *[f"accepted-{n}" for n in range(30)], "pending-1")
    clock.advance(timedelta(seconds=5))
    assert report_issue(context, sent.issue_id, EDITOR).messages_per_second == 6.0
    assert report_issue(context, sent.issue_id, EDITOR).seconds_left == 0
    clock.advance(timedelta(minutes=1))
    report = report_issue(context, sent.issue_id, EDITOR)
    assert (report.messages_per_second, report.seconds_left) == (0.0, None)


@pytest.mark.parametrize("apart_s", [1, 45, 600, 7200])
def test_the_growth_is_told_in_steps_as_fine_as_can_be_drawn(
    context: Context, clock: Any, apart_s: int
) -> None:
    names = [f"accepted-{n}" for n in range(4)]
    sent = still_sending(context, *names)
    for name in names[1:]:
        clock.advance(timedelta(seconds=apart_s))
        end_copy(sent, name)
    clock.advance(timedelta(seconds=apart_s))
    report = report_issue(context, sent.issue_id, EDITOR)
    assert [count for _, count in report.accepted_by] == [1, 2, 3, 4]
    moments = [moment for moment, _ in report.accepted_by]
    assert moments == [sent.edition().frozen_at + timedelta(seconds=apart_s * n) for n in range(4)]


def test_trouble_of_relays_and_domains_is_told_with_its_end(context: Context, clock: Any) -> None:
    sent = a_sent_issue(context, "accepted-1")
    soon, then = clock.now + timedelta(minutes=1), clock.now - timedelta(minutes=1)
    row = {"since": then, "times": 1}
    with context.database.write() as session:
        session.add(RelayPause(relay="a:25", until=soon, reason="421 too busy", **row))
        session.add(RelayPause(relay="b:25", until=then, reason="no route", **row))
        session.add(DomainPause(domain="big.example", until=soon, reason="5.7.1 ×12", **row))
        session.add(DomainPause(domain="over.example", until=then, reason="over", **row))
    report = report_issue(context, sent.issue_id, EDITOR)
    assert [(one.name, one.is_current) for one in report.relays] == [
        ("a:25", True),
        ("b:25", False),
    ]
    assert [one.name for one in report.domains] == ["big.example"]
    assert report.relay_trouble == "421 too busy"


def test_a_reader_has_a_line_for_every_issue_the_newest_first(context: Context) -> None:
    newsletter = a_newsletter(context, name="Field Notes", time_zone="Asia/Tokyo")
    first = a_sent_issue(context, "accepted-1", newsletter=newsletter, number=1)
    late = a_subscriber(context, newsletter, address="late@example.org")
    second = a_sent_issue(context, newsletter=newsletter, number=2)
    end_copy(second, "accepted-1")
    ledger = show_deliveries(
        context, find_by_address(context, " ACCEPTED-1@example.org", EDITOR), EDITOR
    )
    assert [line.number for line in ledger.lines] == [2, 1]
    newest = ledger.lines[0]
    assert (newest.state, newest.reply) == ("accepted", "250 2.0.0 Ok: queued as Q77")
    assert (newest.relay, newest.queue_id, newest.attempts) == ("mx.example.net:25", "Q77", 1)
    assert newest.state_at.isoformat() == "2026-11-22T21:00:00+09:00"
    assert newest.message_id.startswith(f"<d{second.edition().id}.")
    missed = show_deliveries(context, late.subscriber_id, EDITOR).lines[-1]
    assert (missed.number, missed.state) == (1, NOT_A_READER)
    assert first.issue().number == 1


def test_a_deferred_copy_says_when_it_is_tried_again(context: Context, clock: Any) -> None:
    sent = still_sending(context, "deferred-1")
    with context.database.write() as session:
        session.execute(update(Delivery).values(due_at=clock.now + timedelta(minutes=5)))
    subscriber_id = sent.line("deferred-1@example.org").subscriber_id
    (line,) = show_deliveries(context, subscriber_id, EDITOR).lines
    assert line.next_try_at == clock.now + timedelta(minutes=5)


def test_lines_come_in_pages(context: Context) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter, address="accepted-1@example.org").subscriber_id
    for _ in range(3):
        a_sent_issue(context, newsletter=newsletter)
    page = show_deliveries(context, reader, EDITOR, limit=2)
    rest = show_deliveries(context, reader, EDITOR, before=page.older, limit=2)
    assert ([one.number for one in page.lines], page.older is None) == ([3, 2], False)
    assert ([one.number for one in rest.lines], rest.older) == ([1], None)


def test_nobody_is_told_as_nobody(context: Context) -> None:
    with pytest.raises(NotFound, match="No subscriber has the address"):
        find_by_address(context, "nobody@example.org", EDITOR)
    with pytest.raises(NotFound):
        show_deliveries(context, 10**9, EDITOR)


def still_sending(context: Context, *ended: str) -> SentIssue:
    sent = a_sent_issue(context, *ended)
    with context.database.write() as session:
        issue = session.get_one(Issue, sent.issue_id)
        issue.state, issue.sent_at = IssueState.SENDING, None
    return sent

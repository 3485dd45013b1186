"""Canaries and second tries over a real SMTP conversation: what the relay itself received."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from newsletter.delivery.deliver_batch import Tools, deliver_batch
from newsletter.delivery.leases import Leases
from newsletter.delivery.sweep import finish_issues, tick
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.issues.issue import IssueState
from newsletter.spool.journal import Journal
from newsletter.usecases.context import Context
from newsletter.usecases.sending.control_issue import resume_issue
from newsletter.usecases.sending.issue_report import IssueReport
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.resend import NOT_TAKEN, resend
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR, by
from tests.support.services.relay import Relay

Work = Callable[[], None]


@pytest.fixture
def posted(context: Context, relay: Relay) -> Context:
    return replace(
        context, settings=replace(context.settings, smtp_url=f"smtp://127.0.0.1:{relay.port}")
    )


@pytest.fixture
def work(posted: Context) -> Iterator[Work]:
    """Whatever the clock wakes is delivered, until nothing is."""
    settings = posted.settings
    transmitter, leases = Transmitter(posted), Leases("test/1", settings.lease_duration)
    journal = Journal(settings.journal_path, "test/1")
    tools = Tools(posted, transmitter, leases, journal, threading.Event())

    def deliver() -> None:
        while woken := tick(posted).batches:
            for batch_id in woken:
                deliver_batch(tools, batch_id)
        finish_issues(posted)

    yield deliver
    transmitter.close()


def test_a_list_of_addresses_that_do_not_exist_stops_after_its_canary(
    posted: Context, relay: Relay, work: Work
) -> None:
    issue_id = an_issue_for(posted, [f"unknown-{n}@example.org" for n in range(120)])
    work()
    report = report_issue(posted, issue_id, EDITOR)
    assert (report.state, report.failed, report.held_back) == ("paused", 12, 108)
    assert "12 of the first 12 copies" in report.state_reason
    relay.replies.clear()
    resume_issue(posted, issue_id, by("ada"))
    work()
    report = report_issue(posted, issue_id, EDITOR)
    assert (report.state, report.accepted, report.failed) == ("sent", 108, 12)
    assert report.adds_up


def test_a_good_canary_and_everybody_behind_it_get_one_copy(
    posted: Context, relay: Relay, work: Work
) -> None:
    readers = [f"reader{n}@example.org" for n in range(120)]
    issue_id = an_issue_for(posted, readers)
    work()
    assert sorted(relay.recipients) == sorted(readers)
    assert accepted_of(report_issue(posted, issue_id, EDITOR)) == (120, 120, IssueState.SENT)


def test_who_was_refused_gets_the_same_copy_later_and_nobody_else_a_second(
    posted: Context, relay: Relay, work: Work
) -> None:
    readers = [f"blocked-{n}@example.org" for n in range(3)] + ["fine@example.org"]
    issue_id = an_issue_for(posted, readers)
    work()
    assert relay.recipients == ["fine@example.org"]
    assert resend(posted, issue_id, NOT_TAKEN, by("ada")).failed == 3
    relay.replies.clear()
    work()
    assert Counter(relay.recipients) == Counter(readers)
    assert accepted_of(report_issue(posted, issue_id, EDITOR)) == (4, 4, IssueState.SENT)
    assert len({message["Message-ID"] for _, message in relay.received}) == 4


def an_issue_for(context: Context, addresses: list[str]) -> int:
    newsletter = a_newsletter(context, canary_percent=10)
    for address in addresses:
        a_subscriber(context, newsletter, address=address)
    issue_id = an_issue(context, newsletter).id
    send_now(context, issue_id, by("ada"))
    start_issue(context, issue_id)
    return issue_id


def accepted_of(report: IssueReport) -> tuple[int, int, str]:
    return report.accepted, report.active_at_freeze, report.state

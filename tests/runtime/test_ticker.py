"""The ticker tells the figures that an issue has ended, so that no page waits for the hour."""

from __future__ import annotations

import threading

import pytest
from dramatiq.brokers.stub import StubBroker

from newsletter.domain.issues.issue import IssueState
from newsletter.runtime.ticker import _Ticker
from newsletter.store.models import Issue
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.clicks.show_growth import show_growth
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter
from tests.support.ledgers import a_sent_issue
from tests.support.principals import EDITOR


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def test_an_issue_is_counted_as_soon_as_its_last_copy_has_ended(context: Context) -> None:
    ticker, newsletter = _Ticker(context, Wakeups(StubBroker())), a_newsletter(context)
    beat_and_count(ticker)
    sent = a_sent_issue(context, "accepted-1", "failed-1", newsletter=newsletter)
    with context.database.write() as session:
        issue = session.get_one(Issue, sent.issue_id)
        issue.state, issue.sent_at = IssueState.SENDING, None
    beat_and_count(ticker)
    last = show_growth(context, newsletter.slug, EDITOR).last
    assert last is not None
    assert (last.copies, last.accepted, last.failed) == (2, 1, 1)
    assert last.at == sent.issue().sent_at, "the same time as on the list of issues"


def beat_and_count(ticker: _Ticker) -> None:
    ticker.beat()
    for thread in threading.enumerate():
        if thread.name == "figures":
            thread.join()

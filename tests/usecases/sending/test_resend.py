"""Sending again what did not arrive: those copies, and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.delivery.sweep import finish_issues
from newsletter.domain.errors import Conflict, NotFound
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.events import history_of
from newsletter.store.models import Batch, Delivery, Issue, Subscription
from newsletter.store.sending.resends import Ended
from newsletter.usecases.context import Context
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.resend import NOT_TAKEN, leave_held, resend
from tests.support.builders import a_newsletter, an_issue
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.principals import EDITOR, by


def test_what_failed_or_expired_is_pending_again_and_nobody_else(context: Context) -> None:
    sent = a_sent_issue(context, "failed-1", "expired-1", "accepted-1", "held-1", "withdrawn-1")
    done = resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    assert (done.failed, done.expired, done.held, done.left_out) == (1, 1, 0, 0)
    assert sent.states() == {
        "failed-1": "pending",
        "expired-1": "pending",
        "accepted-1": "accepted",
        "held-1": "uncertain",
        "withdrawn-1": "withdrawn",
    }
    assert sent.issue().state == IssueState.SENDING
    assert finish_issues(context) == []


def test_it_is_due_in_batches_that_wait_for_a_worker(context: Context) -> None:
    context = replace(context, settings=replace(context.settings, batch_size=2))
    sent = a_sent_issue(context, "failed-1", "accepted-1", "failed-2", "failed-3")
    resend(context, sent.issue_id, (Ended.FAILED,), by("ada"))
    with context.database.read() as session:
        waiting = session.scalars(select(Batch).where(Batch.closed_at.is_(None))).all()
        found = {
            batch.id: len(
                session.scalars(select(Delivery).where(Delivery.batch_id == batch.id)).all()
            )
            for batch in waiting
        }
    assert sorted(found.values()) == [1, 2]
    assert all(batch.enqueued_at is None and batch.held_at is None for batch in waiting)


def test_the_last_reply_stays_until_there_is_another(context: Context) -> None:
    sent = a_sent_issue(context, "failed-1")
    resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    line = sent.line("failed-1@example.org")
    assert (line.reply_code, line.attempts) == (550, 1)
    assert line.detail == "To be sent again, ada said."


def test_who_has_left_or_is_suppressed_since_stays_out(context: Context) -> None:
    sent = a_sent_issue(context, "failed-1", "failed-2", "failed-3")
    become(sent, "failed-1@example.org", SubscriptionState.UNSUBSCRIBED)
    become(sent, "failed-2@example.org", SubscriptionState.SUPPRESSED)
    done = resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    assert (done.failed, done.left_out) == (1, 2)
    assert sorted(sent.states().values()) == ["failed", "failed", "pending"]


def test_an_issue_that_expired_gets_time_to_be_sent_again(context: Context, clock: Any) -> None:
    sent = a_sent_issue(context, "expired-1")
    clock.advance(timedelta(days=30))
    resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    assert sent.edition().expires_at == clock.now + context.settings.issue_expiry


def test_an_issue_with_time_left_keeps_its_expiry(context: Context, clock: Any) -> None:
    sent = a_sent_issue(context, "failed-1")
    before = sent.edition().expires_at
    clock.advance(timedelta(hours=3))
    resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    assert sent.edition().expires_at == before


def test_pressing_twice_sends_once(context: Context) -> None:
    sent = a_sent_issue(context, "failed-1")
    assert resend(context, sent.issue_id, NOT_TAKEN, by("ada")).total == 1
    assert resend(context, sent.issue_id, NOT_TAKEN, by("ada")).total == 0


def test_with_nothing_to_send_a_sent_issue_stays_sent(context: Context) -> None:
    sent = a_sent_issue(context, "accepted-1")
    assert resend(context, sent.issue_id, tuple(Ended), by("ada")).total == 0
    assert sent.issue().state == IssueState.SENT


def test_a_paused_issue_stays_paused(context: Context) -> None:
    sent = a_sent_issue(context, "failed-1", "accepted-1")
    with context.database.write() as session:
        session.get_one(Issue, sent.issue_id).state = IssueState.PAUSED
    assert resend(context, sent.issue_id, NOT_TAKEN, by("ada")).total == 1
    assert sent.issue().state == IssueState.PAUSED


def test_held_copies_are_sent_again_only_when_asked_for(context: Context) -> None:
    sent = a_sent_issue(context, "held-1", "failed-1")
    assert resend(context, sent.issue_id, (Ended.HELD,), by("ada")).held == 1
    assert sent.states() == {"held-1": "pending", "failed-1": "failed"}


def test_an_uncertain_copy_that_comes_back_by_itself_is_not_held(context: Context) -> None:
    sent = a_sent_issue(context, "held-1")
    with context.database.write() as session:
        session.scalars(select(Delivery)).one().due_at = context.now()
    assert resend(context, sent.issue_id, (Ended.HELD,), by("ada")).total == 0
    report = report_issue(context, sent.issue_id, EDITOR)
    assert (report.uncertain, report.held) == (1, 0)


def test_held_copies_can_be_let_be_until_there_are_new_ones(context: Context, clock: Any) -> None:
    sent = a_sent_issue(context, "held-1")
    assert not report_issue(context, sent.issue_id, EDITOR).left_uncertain
    clock.advance(timedelta(minutes=1))
    leave_held(context, sent.issue_id, by("ada"))
    assert report_issue(context, sent.issue_id, EDITOR).left_uncertain
    assert sent.states() == {"held-1": "uncertain"}
    clock.advance(timedelta(minutes=1))
    with context.database.write() as session:
        session.scalars(select(Delivery)).one().state_at = context.now()
    assert not report_issue(context, sent.issue_id, EDITOR).left_uncertain


def test_the_history_knows_who_sent_again(context: Context) -> None:
    sent = a_sent_issue(context, "failed-1", "expired-1")
    resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    with context.database.read() as session:
        (event,) = history_of(session, "issue", sent.issue_id, limit=1)
    assert (event.who, event.action) == ("ada", "issue.resent")
    assert event.facts == {"failed": 1, "expired": 1, "held": 0, "left_out": 0}


def test_a_draft_and_a_cancelled_issue_have_nothing_to_send_again(context: Context) -> None:
    draft = an_issue(context, a_newsletter(context)).id
    with pytest.raises(Conflict, match="has not been sent"):
        resend(context, draft, NOT_TAKEN, by("ada"))
    sent = a_sent_issue(context, "failed-1")
    with context.database.write() as session:
        session.get_one(Issue, sent.issue_id).state = IssueState.CANCELLED
    with pytest.raises(Conflict, match="cancelled"):
        resend(context, sent.issue_id, NOT_TAKEN, by("ada"))
    with pytest.raises(NotFound):
        resend(context, 10**9, NOT_TAKEN, by("ada"))


def become(sent: SentIssue, address: str, state: SubscriptionState) -> None:
    line = sent.line(address)
    with sent.context.database.write() as session:
        session.get_one(Subscription, line.subscription_id).state = state

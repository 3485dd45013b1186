"""A canary: some readers go first, and their bounces decide about all others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from newsletter.delivery.sweep import finish_issues, tick
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.events import history_of
from newsletter.store.models import Batch, Delivery, Subscriber, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import can_undo_send, send_now, unschedule_issue
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.ledgers import ENDED, SentIssue
from tests.support.principals import EDITOR, by

Send = Callable[..., SentIssue]
BLOCKED = ENDED["failed"]
UNKNOWN = BLOCKED | {"reply_enhanced": "5.1.1", "reply_text": "no such user"}
FULL = BLOCKED | {"reply_enhanced": "5.2.2", "reply_text": "mailbox full"}


@pytest.fixture
def send(context: Context) -> Send:
    def send_to(readers: int, **newsletter_values: Any) -> SentIssue:
        values = {"canary_percent": 10, "canary_threshold_percent": 5} | newsletter_values
        newsletter = a_newsletter(context, **values)
        with context.database.write() as session:
            add_readers(context, session, newsletter.id, readers)
        issue_id = an_issue(context, newsletter).id
        send_now(context, issue_id, by("ada"))
        start_issue(context, issue_id)
        return SentIssue(context, newsletter, issue_id)

    return send_to


def test_the_first_are_spread_over_the_whole_audience(send: Send) -> None:
    sent = send(1000)
    ids = in_canary(sent)
    assert 100 <= len(ids) <= 110
    everybody = audience(sent)
    tenths = [sum(1 for one in ids if one in everybody[n : n + 100]) for n in range(0, 1000, 100)]
    assert min(tenths) >= 5, tenths
    assert len(everybody) == 1000


def test_the_next_issue_has_other_readers_first(send: Send) -> None:
    sent = send(200)
    second = an_issue(sent.context, sent.newsletter).id
    send_now(sent.context, second, by("ada"))
    start_issue(sent.context, second)
    other = SentIssue(sent.context, sent.newsletter, second)
    assert set(in_canary(sent)) != set(in_canary(other))


def test_a_small_audience_has_no_canary(send: Send) -> None:
    sent = send(99)
    assert in_canary(sent) == []
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back == 0


def test_a_slice_has_ten_readers_at_least(send: Send) -> None:
    assert 10 <= len(in_canary(send(120, canary_percent=1))) <= 12


def test_only_the_canary_is_woken_until_the_verdict(send: Send) -> None:
    sent = send(1000)
    woken = tick(sent.context).batches
    assert woken
    assert set(woken) == set(batches(sent, Batch.is_canary))
    report = report_issue(sent.context, sent.issue_id, EDITOR)
    assert report.held_back == 1000 - report.canary_readers
    assert report.adds_up


def test_a_canary_that_arrives_releases_all_others(send: Send) -> None:
    sent = send(1000)
    end_canary(sent, bad=0)
    woken = tick(sent.context).batches
    assert set(woken) == set(batches(sent, ~Batch.is_canary))
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back == 0
    assert sent.issue().state == IssueState.SENDING


def test_there_is_no_verdict_while_a_copy_of_the_canary_is_on_its_way(send: Send) -> None:
    sent = send(1000)
    end_canary(sent, bad=0, but=1)
    assert tick(sent.context).batches != []
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back > 0


@pytest.mark.parametrize("reply", [BLOCKED, UNKNOWN], ids=["blocks", "unknown addresses"])
def test_too_many_bad_signs_pause_the_issue_with_numbers(send: Send, reply: dict[str, Any]) -> None:
    sent = send(1000)
    first = end_canary(sent, bad=6, reply=reply)
    assert tick(sent.context).batches == []
    issue = sent.issue()
    assert issue.state == IssueState.PAUSED
    assert f"6 of the first {first} copies" in issue.state_reason
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back == 1000 - first
    assert finish_issues(sent.context) == []


def test_full_mailboxes_and_deferrals_stop_nothing(send: Send) -> None:
    sent = send(1000)
    end_canary(sent, bad=50, reply=FULL)
    tick(sent.context)
    assert sent.issue().state == IssueState.SENDING
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back == 0


def test_resuming_it_overrides_the_verdict(send: Send) -> None:
    sent = send(1000)
    end_canary(sent, bad=50)
    tick(sent.context)
    resume_issue(sent.context, sent.issue_id, by("ada"))
    assert tick(sent.context).batches
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back == 0
    assert sent.issue().state == IssueState.SENDING
    with sent.context.database.read() as session:
        actions = [event.action for event in history_of(session, "issue", sent.issue_id)]
    assert actions[:3] == ["issue.canary_overridden", "issue.resumed", "issue.paused"]


def test_resuming_in_the_middle_of_the_canary_releases_no_batch(send: Send) -> None:
    sent = send(1000)
    pause_issue(sent.context, sent.issue_id, by("ada"))
    assert tick(sent.context).batches == []
    resume_issue(sent.context, sent.issue_id, by("ada"))
    assert set(tick(sent.context).batches) == set(batches(sent, Batch.is_canary))
    assert report_issue(sent.context, sent.issue_id, EDITOR).held_back > 0


def test_a_cancelled_issue_cancels_those_that_were_held(send: Send) -> None:
    sent = send(1000)
    first = end_canary(sent, bad=50)
    tick(sent.context)
    cancel_issue(sent.context, sent.issue_id, by("ada"))
    report = report_issue(sent.context, sent.issue_id, EDITOR)
    assert (report.cancelled, report.adds_up) == (1000 - first, True)


# --- Undo ----------------------------------------------------------------------------------------


def test_an_issue_sent_now_can_be_taken_back_for_a_while(context: Context, clock: Any) -> None:
    newsletter = a_newsletter(context, undo_minutes=5)
    a_subscriber(context, newsletter)
    issue_id = an_issue(context, newsletter).id
    assert send_now(context, issue_id, by("ada")) == clock.now + timedelta(minutes=5)
    assert can_undo_send(context, issue_id, EDITOR)
    clock.advance(timedelta(minutes=4))
    assert tick(context).issues == []
    unschedule_issue(context, issue_id, by("ada"))
    assert not can_undo_send(context, issue_id, EDITOR)
    clock.advance(timedelta(minutes=2))
    assert tick(context).issues == []


def test_after_the_undo_period_the_issue_goes_out(context: Context, clock: Any) -> None:
    newsletter = a_newsletter(context, undo_minutes=5)
    a_subscriber(context, newsletter)
    issue_id = an_issue(context, newsletter).id
    send_now(context, issue_id, by("ada"))
    clock.advance(timedelta(minutes=5))
    assert tick(context).issues == [issue_id]
    assert not can_undo_send(context, issue_id, EDITOR)


# --- Pieces --------------------------------------------------------------------------------------


def add_readers(context: Context, session: Any, newsletter_id: int, readers: int) -> None:
    now = context.now()
    first = (session.scalar(select(func.max(Subscriber.id))) or 0) + 1
    ids = range(first, first + readers)
    session.execute(
        insert(Subscriber),
        [
            {
                "id": one,
                "address": f"r{one}@example.org",
                "address_key": f"r{one}@example.org",
                "attributes": {},
                "created_at": now,
            }
            for one in ids
        ],
    )
    session.execute(
        insert(Subscription),
        [
            {
                "newsletter_id": newsletter_id,
                "subscriber_id": one,
                "state": SubscriptionState.ACTIVE,
                "state_at": now,
                "tags": [],
                "created_at": now,
            }
            for one in ids
        ],
    )


def batches(sent: SentIssue, condition: Any) -> list[int]:
    with sent.context.database.read() as session:
        wanted = select(Batch.id).where(Batch.edition_id == sent.edition().id, condition)
        return list(session.scalars(wanted))


def in_canary(sent: SentIssue) -> list[int]:
    with sent.context.database.read() as session:
        wanted = select(Delivery.subscriber_id).where(
            Delivery.batch_id.in_(batches(sent, Batch.is_canary))
        )
        return list(session.scalars(wanted.order_by(Delivery.subscriber_id)))


def audience(sent: SentIssue) -> list[int]:
    with sent.context.database.read() as session:
        wanted = select(Delivery.subscriber_id).where(Delivery.edition_id == sent.edition().id)
        return list(session.scalars(wanted.order_by(Delivery.subscriber_id)))


def end_canary(sent: SentIssue, *, bad: int, reply: dict[str, Any] = BLOCKED, but: int = 0) -> int:
    """Finishes the canary: `bad` copies failed, the others were accepted, except `but` of them."""
    ids = in_canary(sent)
    with sent.context.database.write() as session:
        for place, one in enumerate(ids[but:]):
            values = reply if place < bad else ENDED["accepted"]
            session.execute(
                update(Delivery)
                .where(Delivery.edition_id == sent.edition().id, Delivery.subscriber_id == one)
                .values(attempts=1, **values)
            )
        if not but:
            session.execute(
                update(Batch).where(Batch.is_canary).values(closed_at=sent.context.now())
            )
    return len(ids)

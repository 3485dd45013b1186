"""When an issue goes out: scheduled, sent now, woken too late; and what is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from newsletter.delivery.sweep import tick
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.issues.issue import DoubleHour, IssueState, SkippedHour
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Issue, Newsletter, OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.schedule_issue import (
    can_undo_send,
    schedule_issue,
    send_now,
    unschedule_issue,
)
from newsletter.usecases.sending.send_proof import send_proof
from newsletter.usecases.sending.send_test import send_test
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.principals import EDITOR, by

# The clock of the tests stands at 13:00 in Berlin on this day.
TODAY = datetime(2026, 11, 22)


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    return newsletter


@pytest.fixture
def issue(context: Context, newsletter: Newsletter) -> Issue:
    return an_issue(context, newsletter)


def state_of(context: Context, issue: Issue) -> str:
    with context.database.read() as session:
        return session.get_one(Issue, issue.id).state


def reason_of(context: Context, issue: Issue) -> str:
    with context.database.read() as session:
        return session.get_one(Issue, issue.id).state_reason


def test_a_scheduled_issue_starts_at_its_local_time_and_not_before(
    context: Context, clock: Clock, issue: Issue
) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    clock.advance(timedelta(minutes=59, seconds=59))
    assert tick(context).issues == []
    clock.advance(timedelta(seconds=1))
    assert tick(context).issues == [issue.id]
    assert state_of(context, issue) == IssueState.SENDING


def test_an_issue_that_nobody_was_woken_for_is_found_again(
    context: Context, clock: Clock, issue: Issue
) -> None:
    send_now(context, issue.id, by("ada"))
    assert tick(context).issues == [issue.id]
    assert tick(context).issues == [issue.id], "until its edition is there"
    start_issue(context, issue.id)
    assert tick(context).issues == []


def test_an_issue_woken_too_late_asks_the_editor(
    context: Context, clock: Clock, issue: Issue
) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    clock.advance(timedelta(hours=3))
    assert tick(context).issues == []
    assert state_of(context, issue) == IssueState.PAUSED
    assert "14:00" in reason_of(context, issue)
    resume_issue(context, issue.id, by("ada"))
    assert tick(context).issues == [issue.id]


def test_an_overdue_issue_may_become_a_draft_again(
    context: Context, clock: Clock, issue: Issue
) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    clock.advance(timedelta(hours=3))
    tick(context)
    unschedule_issue(context, issue.id, by("ada"))
    assert state_of(context, issue) == IssueState.DRAFT


def test_the_past_is_refused(context: Context, issue: Issue) -> None:
    with pytest.raises(InvalidInput, match="in the past"):
        schedule_issue(context, issue.id, TODAY.replace(hour=12), None, by("ada"))
    assert state_of(context, issue) == IssueState.DRAFT


def test_the_skipped_hour_is_refused_and_the_double_hour_asks(
    context: Context, issue: Issue
) -> None:
    with pytest.raises(SkippedHour, match="03:00"):
        schedule_issue(context, issue.id, datetime(2027, 3, 28, 2, 30), None, by("ada"))
    with pytest.raises(DoubleHour):
        schedule_issue(context, issue.id, datetime(2027, 10, 31, 2, 30), None, by("ada"))
    later = schedule_issue(context, issue.id, datetime(2027, 10, 31, 2, 30), 1, by("ada"))
    assert later.isoformat() == "2027-10-31T01:30:00+00:00"


@pytest.mark.parametrize("lacking", ["postal_address", "sender_address"])
def test_a_newsletter_without_postal_address_or_sender_sends_nothing(
    context: Context, lacking: str
) -> None:
    newsletter = a_newsletter(context, **{lacking: ""})
    a_subscriber(context, newsletter)
    issue = an_issue(context, newsletter)
    with pytest.raises(InvalidInput, match=lacking.replace("_", " ")):
        send_now(context, issue.id, by("ada"))
    assert state_of(context, issue) == IssueState.DRAFT


def test_an_issue_without_entries_is_refused(context: Context, newsletter: Newsletter) -> None:
    issue = an_issue(context, newsletter, entries=0)
    with pytest.raises(InvalidInput):
        send_now(context, issue.id, by("ada"))


def test_an_issue_is_not_sent_to_nobody(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context))
    with pytest.raises(Conflict, match="no active subscribers"):
        send_now(context, issue.id, by("ada"))


def test_a_sent_issue_is_not_sent_again(context: Context, issue: Issue) -> None:
    send_now(context, issue.id, by("ada"))
    with pytest.raises(Conflict, match="already sending"):
        send_now(context, issue.id, by("bob"))


def test_issues_get_numbers_in_the_order_in_which_they_are_sent(
    context: Context, newsletter: Newsletter
) -> None:
    issues = [an_issue(context, newsletter) for _ in range(2)]
    for issue in issues:
        send_now(context, issue.id, by("ada"))
        start_issue(context, issue.id)
    with context.database.read() as session:
        assert [session.get_one(Issue, issue.id).number for issue in issues] == [1, 2]


def test_what_can_no_longer_be_rendered_when_due_is_paused_with_the_reason(
    context: Context, clock: Clock, issue: Issue, newsletter: Newsletter
) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).postal_address = ""
    clock.advance(timedelta(hours=1))
    tick(context)
    start_issue(context, issue.id)
    assert state_of(context, issue) == IssueState.PAUSED
    assert "postal address" in reason_of(context, issue)


def test_what_is_saved_while_it_is_scheduled_goes_out(
    context: Context, clock: Clock, issue: Issue
) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    opened = open_issue(context, issue.id, EDITOR)
    later = replace(opened.content, title="Written afterwards", subject="")
    save_issue(context, issue.id, later, opened.version, by("ben"))
    clock.advance(timedelta(hours=1))
    tick(context)
    with pytest.raises(Conflict, match="sending"):
        save_issue(context, issue.id, opened.content, opened.version + 1, by("ben"))
    assert start_issue(context, issue.id) == 1
    with context.database.read() as session:
        edition = edition_of(session, issue.id)
        assert edition is not None
        assert edition.subject == "Written afterwards"


def test_an_error_that_is_saved_while_it_is_scheduled_pauses_it_at_its_time(
    context: Context, clock: Clock, issue: Issue
) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    opened = open_issue(context, issue.id, EDITOR)
    broken = replace(opened.content, intro="Dear {{ nobody }}")
    save_issue(context, issue.id, broken, opened.version, by("ben"))
    clock.advance(timedelta(hours=1))
    tick(context)
    start_issue(context, issue.id)
    assert state_of(context, issue) == IssueState.PAUSED
    assert "The checks found an error" in reason_of(context, issue)


def test_only_what_goes_out_can_be_paused(context: Context, issue: Issue) -> None:
    with pytest.raises(Conflict, match="draft"):
        pause_issue(context, issue.id, by("ada"))


def test_a_scheduled_issue_can_be_cancelled(context: Context, clock: Clock, issue: Issue) -> None:
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    cancel_issue(context, issue.id, by("ada"))
    clock.advance(timedelta(hours=1))
    assert tick(context).issues == []
    assert state_of(context, issue) == IssueState.CANCELLED


def test_a_test_and_a_proof_sent_within_the_period_leave_undo_as_it_is(
    context: Context, clock: Clock
) -> None:
    newsletter = a_newsletter(context, undo_minutes=10)
    a_subscriber(context, newsletter)
    issue = an_issue(context, newsletter)
    editor = an_editor(context)
    send_now(context, issue.id, by("ada"))
    send_test(context, issue.id, Principal.administrator(editor.id, "ada"))
    assert can_undo_send(context, issue.id, by("ada"))
    send_proof(context, issue.id, ["colleague@example.org"], "", by("ada"))
    assert can_undo_send(context, issue.id, by("ada"))
    unschedule_issue(context, issue.id, by("ada"))
    assert not can_undo_send(context, issue.id, by("ada"))


def test_an_issue_that_is_given_a_time_after_that_has_nothing_to_undo(context: Context) -> None:
    newsletter = a_newsletter(context, undo_minutes=10)
    a_subscriber(context, newsletter)
    issue = an_issue(context, newsletter)
    send_now(context, issue.id, by("ada"))
    schedule_issue(context, issue.id, TODAY.replace(hour=14), None, by("ada"))
    assert not can_undo_send(context, issue.id, by("ada"))


def test_a_form_that_is_sent_twice_sends_and_schedules_once(
    context: Context, clock: Clock, newsletter: Newsletter, issue: Issue
) -> None:
    nine = TODAY + timedelta(days=1, hours=9)
    assert schedule_issue(context, issue.id, nine, None, EDITOR) == schedule_issue(
        context, issue.id, nine, None, EDITOR
    )
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).undo_minutes = 5
    due = send_now(context, issue.id, EDITOR)
    clock.advance(timedelta(minutes=1))
    assert send_now(context, issue.id, EDITOR) == due, "the countdown is not begun again"
    sentences = [one.sentence for one in open_issue(context, issue.id, EDITOR).history]
    assert len(sentences) == 2, sentences


def test_two_editors_who_send_at_once_send_one_edition_to_each_reader_once(
    context: Context, issue: Issue
) -> None:
    barrier = threading.Barrier(2)

    def send(name: str) -> str:
        barrier.wait()
        try:
            send_now(context, issue.id, by(name))
        except Conflict as refused:
            return refused.message
        return "sent"

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(send, ("ada", "ben"))) == ["This issue is already sending.", "sent"]
        assert sorted(pool.map(partial(start_issue, context), [issue.id] * 2)) == [0, 1]


def test_a_test_goes_to_each_address_before_there_is_a_postal_address(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context, postal_address=""))
    to = ["ann@x.example", "bo@x.example", "ann@x.example"]
    ids = send_test(context, issue.id, EDITOR, to)
    with context.database.read() as session:
        rows = [session.get_one(OutboxMessage, outbox_id) for outbox_id in ids]
    assert [compose_mail(context, row).envelope.recipient for row in rows] == [
        "ann@x.example",
        "bo@x.example",
    ]
    with pytest.raises(InvalidInput):
        send_test(context, issue.id, EDITOR, ["nobody"])

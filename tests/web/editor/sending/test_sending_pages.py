"""From the preview to the report: what an editor sees and presses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.delivery.notice_restore import RestoreWatch
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import Event, Issue, Newsletter, OutboxMessage
from newsletter.store.operations import beat
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.sending.audience import choose_audience
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_subscriber, an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import ADDRESS, Person, words


@pytest.fixture
def newsletter(context: Context, editor: Person) -> Any:
    profile = show_newsletters(context, EDITOR)[0]
    with context.database.write() as session:
        newsletter = session.get_one(Newsletter, profile.id)
        newsletter.postal_address = "1 Garden Lane, 10115 Berlin"
        newsletter.undo_minutes = 0  # what is sent goes out at once
        newsletter.time_zone = "Europe/Berlin"
    return newsletter


@pytest.fixture
def issue_id(context: Context, newsletter: Any) -> int:
    a_subscriber(context, newsletter)
    a_subscriber(context, newsletter)
    return an_issue(context, newsletter, number=1).id


def url(issue_id: int, page: str = "send") -> str:
    return f"/editor/issues/{issue_id}/{page}"


def test_the_preview_shows_the_mail_in_frames_that_can_do_nothing(
    editor: Person, issue_id: int
) -> None:
    page = editor.get(url(issue_id, "preview"))
    assert page.count("<iframe") == 2
    assert page.count('sandbox="allow-popups allow-popups-to-escape-sandbox"') == 2
    frame = editor.client.get(url(issue_id, "preview/mail.html"))
    assert "Entry number 1" in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" in policy


def test_a_preview_of_an_issue_without_entries_says_what_is_lacking(
    context: Context, editor: Person, newsletter: Any
) -> None:
    empty = an_issue(context, newsletter, entries=0).id
    assert "entries" in words(editor.get(url(empty, "preview")))


def test_a_test_mail_goes_to_the_editor_who_asked(
    context: Context, editor: Person, first_editor: int, issue_id: int
) -> None:
    editor.submit(url(issue_id, "preview"), "/test", status=303)
    with context.database.read() as session:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "test")).one()
        assert (row.user_id, row.payload) == (first_editor, {"issue_id": issue_id})
    mail = compose_mail(context, row)
    assert mail.envelope.recipient == ADDRESS
    assert b"Subject: [Test] On slow tools" in mail.message


def test_a_test_mail_that_cannot_be_sent_says_why_beside_the_preview(
    context: Context, editor: Person, newsletter: Any, issue_id: int
) -> None:
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).sender_address = ""
    answer = editor.submit(url(issue_id, "preview"), "/test", status=400)
    assert "sender address" in answer.text
    assert "<iframe" in answer.text


def test_a_test_mail_and_a_proof_need_no_postal_address(
    context: Context, editor: Person, newsletter: Any, issue_id: int
) -> None:
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).postal_address = ""
    editor.submit(url(issue_id, "preview"), "/test", status=303)
    editor.submit(url(issue_id, "proof"), addresses="cy@example.org", status=303)
    with context.database.read() as session:
        of_the_issue = OutboxMessage.kind.in_((OutboxKind.TEST, OutboxKind.PROOF))
        rows = list(
            session.scalars(select(OutboxMessage).where(of_the_issue).order_by(OutboxMessage.id))
        )
    mails = [compose_mail(context, row) for row in rows]
    assert [mail.envelope.recipient for mail in mails] == [ADDRESS, "cy@example.org"]


def test_the_preview_says_the_same_name_in_subject_and_body(
    context: Context, editor: Person, issue_id: int
) -> None:
    with context.database.write() as session:
        issue = session.get_one(Issue, issue_id)
        issue.subject, issue.intro = "Hi {{ name|there }}!", "Hello {{ name|you }}!"
    page = words(editor.get(url(issue_id, "preview")))
    assert "Hi Robin" in page
    assert "Hi there" not in page
    frame = editor.client.get(url(issue_id, "preview/mail.html")).text
    assert "Hello Robin" in frame


def send_with_undo(context: Context, editor: Person, newsletter: Any, issue_id: int) -> None:
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).undo_minutes = 10
    editor.submit(url(issue_id, "send-now"), "send-now", status=303)


def test_undo_counts_down_and_turns_into_the_progress(
    context: Context, editor: Person, newsletter: Any, issue_id: int
) -> None:
    send_with_undo(context, editor, newsletter, issue_id)
    assert re.search(r"Goes out in (10|9) minutes", words(editor.get(url(issue_id))))
    assert 'hx-get="/editor/issues/' in editor.get(url(issue_id))
    with context.database.write() as session:
        session.get_one(Issue, issue_id).scheduled_at = datetime.now(UTC) - timedelta(seconds=1)
    assert "Going out now" in editor.get(url(issue_id, "undo"))
    with context.database.write() as session:
        session.get_one(Issue, issue_id).state = IssueState.SENDING
    piece = editor.client.get(url(issue_id, "undo"))
    assert (piece.status_code, piece.headers["HX-Refresh"]) == (204, "true")
    assert "Pause" in words(editor.get(url(issue_id)))


@pytest.mark.parametrize("action", ["unschedule", "schedule", "pause", "resume", "cancel", "again"])
def test_what_is_pressed_too_late_shows_the_issue_as_it_is_now(
    context: Context, editor: Person, newsletter: Any, issue_id: int, action: str
) -> None:
    send_with_undo(context, editor, newsletter, issue_id)
    token = editor.fields(url(issue_id), "/unschedule")["csrf_token"]
    ended = IssueState.DRAFT if action == "resume" else IssueState.SENDING
    if action in ("pause", "cancel"):
        ended = IssueState.SENT
    with context.database.write() as session:
        session.get_one(Issue, issue_id).state = ended
    data = {"csrf_token": token, "scheduled_at": "2099-07-06T09:00"}
    answer = editor.client.post(url(issue_id, action), data=data)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert f'href="/editor/issues/{issue_id}/preview"' in answer.text, "with its navigation"
    assert 'aria-label="My newsletter"' in answer.text


def test_an_issue_is_scheduled_at_a_local_time(
    context: Context, editor: Person, issue_id: int
) -> None:
    editor.submit(url(issue_id), "/schedule", scheduled_at="2099-07-06T09:00", status=303)
    opened = open_issue(context, issue_id, EDITOR)
    assert opened.state is IssueState.SCHEDULED
    assert opened.scheduled_at == datetime(2099, 7, 6, 7, 0, tzinfo=UTC)
    assert "Goes out on Mon 6 Jul 2099, 09:00" in words(editor.get(url(issue_id)))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2020-01-01T09:00", "in the past"),
        ("tomorrow", "Enter a date and time"),
        ("", "Enter a date and time"),
        ("2099-07-06T09:00+02:00", "Enter a date and time"),
    ],
)
def test_a_time_that_cannot_be_taken_is_told_and_kept(
    context: Context, editor: Person, issue_id: int, typed: str, said: str
) -> None:
    answer = editor.submit(url(issue_id), "/schedule", scheduled_at=typed, status=400)
    assert said in words(answer.text)
    assert open_issue(context, issue_id, EDITOR).state is IssueState.DRAFT


def test_the_skipped_hour_of_spring_offers_the_next_possible_time(
    context: Context, editor: Person, issue_id: int
) -> None:
    answer = editor.submit(url(issue_id), "/schedule", scheduled_at="2037-03-29T02:30", status=400)
    assert "does not exist" in words(answer.text)
    offered = re.search(r'type="hidden" name="scheduled_at" value="([^"]+)"', answer.text)
    assert offered
    assert offered[1] == "2037-03-29T03:00"
    editor.submit(url(issue_id), "/schedule", scheduled_at=offered[1], status=303)
    assert open_issue(context, issue_id, EDITOR).scheduled_at == datetime(
        2037, 3, 29, 1, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(("fold", "hour"), [("0", 0), ("1", 1)])
def test_the_double_hour_of_autumn_asks_which(
    context: Context, editor: Person, issue_id: int, fold: str, hour: int
) -> None:
    answer = editor.submit(url(issue_id), "/schedule", scheduled_at="2037-10-25T02:30", status=400)
    assert answer.text.count('name="fold"') == 2
    editor.submit(
        url(issue_id), "/schedule", scheduled_at="2037-10-25T02:30", fold=fold, status=303
    )
    due = datetime(2037, 10, 25, hour, 30, tzinfo=UTC)
    assert open_issue(context, issue_id, EDITOR).scheduled_at == due


def test_a_scheduled_issue_can_be_edited_and_taken_off(
    context: Context, editor: Person, issue_id: int
) -> None:
    editor.submit(url(issue_id), "/schedule", scheduled_at="2099-07-06T09:00", status=303)
    assert "You can edit it until then" in words(editor.get(url(issue_id)))
    assert editor.client.get(f"/editor/issues/{issue_id}").status_code == 200
    answer = editor.submit(url(issue_id), "/unschedule", status=303)
    assert answer.location == f"/editor/issues/{issue_id}"
    assert open_issue(context, issue_id, EDITOR).is_draft


def test_sending_now_asks_first_and_says_to_how_many(
    context: Context, editor: Person, issue_id: int
) -> None:
    page = words(editor.get(url(issue_id, "send-now")))
    assert "On slow tools" in page
    assert "2 subscribers" in page
    editor.submit(url(issue_id, "send-now"), "send-now", status=303)
    assert open_issue(context, issue_id, EDITOR).state is IssueState.SENDING


def test_nothing_is_sent_without_a_postal_address(
    context: Context, editor: Person, newsletter: Any, issue_id: int
) -> None:
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).postal_address = ""
    page = editor.get(url(issue_id))
    assert "Not ready yet" in page
    answer = editor.submit(url(issue_id), "/schedule", scheduled_at="2099-07-06T09:00", status=400)
    assert "postal address" in answer.text
    assert open_issue(context, issue_id, EDITOR).is_draft


def test_an_issue_that_goes_out_is_watched_paused_resumed_and_cancelled(
    context: Context, editor: Person, issue_id: int
) -> None:
    editor.submit(url(issue_id, "send-now"), "send-now", status=303)
    start_issue(context, issue_id)
    page = editor.get(url(issue_id))
    assert 'hx-trigger="every 2s"' in page
    assert "0 of 2 accepted" in words(page)
    assert "adds up" in page
    editor.submit(url(issue_id), "/pause", status=303)
    assert open_issue(context, issue_id, EDITOR).state is IssueState.PAUSED
    editor.submit(url(issue_id), "/resume", status=303)
    assert open_issue(context, issue_id, EDITOR).state is IssueState.SENDING
    editor.submit(url(issue_id, "cancel"), status=303)
    report = words(editor.get(url(issue_id)))
    assert "Cancelled" in report
    assert "hx-trigger" not in editor.get(url(issue_id, "progress"))


def test_an_issue_whose_ticker_fell_silent_says_that_nothing_moves(
    context: Context, editor: Person, issue_id: int
) -> None:
    editor.submit(url(issue_id, "send-now"), "send-now", status=303)
    start_issue(context, issue_id)
    a_tick(context, datetime.now(UTC))
    assert "Sending has stalled" not in words(editor.get(url(issue_id)))
    a_tick(context, datetime.now(UTC) - timedelta(minutes=2))
    page = words(editor.get(url(issue_id)))
    assert "Sending has stalled. No mail is lost. No ticker for 12" in page


def a_tick(context: Context, at: datetime) -> None:
    with context.database.write() as session:
        beat(session, "ticker", at)


def test_the_history_knows_who_did_what(context: Context, editor: Person, issue_id: int) -> None:
    editor.submit(url(issue_id), "/schedule", scheduled_at="2099-07-06T09:00", status=303)
    with context.database.read() as session:
        event = session.scalars(
            select(Event).where(Event.subject_kind == "issue").order_by(Event.id.desc())
        ).first()
        assert event is not None
        assert (event.who_name, event.action) == ("Ada", "issue.scheduled")


def test_a_sent_issue_cannot_be_sent_again(context: Context, editor: Person, issue_id: int) -> None:
    fields = editor.fields(url(issue_id), "/schedule")
    target = fields.pop("__target__")
    with context.database.write() as session:
        session.get_one(Issue, issue_id).state = IssueState.SENT
    answer = editor.client.post(target, data={**fields, "scheduled_at": "2099-07-06T09:00"})
    assert answer.status_code == 409


def test_an_issue_on_a_restored_backup_asks_on_its_page(
    context: Context, editor: Person, issue_id: int
) -> None:
    editor.submit(url(issue_id, "send-now"), "send-now", status=303)
    start_issue(context, issue_id)
    with context.database.write() as session:
        beat(session, "ticker", context.now() - timedelta(days=2))
    RestoreWatch(context).check()
    page = words(editor.get(url(issue_id)))
    assert "Nothing has run since Fri 20 Nov 2026, 13:00" in page
    assert "Some subscribers may have this issue already" in page
    assert "Resume" in page
    assert "Cancel" in page


def test_who_gets_it_is_chosen_counted_and_confirmed(
    context: Context, editor: Person, newsletter: Any, issue_id: int
) -> None:
    a_subscriber(context, newsletter, tags=["berlin"])
    form = {"who": "some", "tag": "Berlin, paid", "since": "2026-01-01"}
    token = editor.fields(url(issue_id), "/audience")["csrf_token"]
    count = editor.client.post(url(issue_id, "audience/count"), data={**form, "csrf_token": token})
    said = "1 subscriber with the tag “Berlin” or “paid”, who joined on or after 1 January 2026"
    assert f"Goes to {said}." in count.text
    saved = editor.client.post(url(issue_id, "audience"), data={**form, "csrf_token": token})
    assert saved.status_code == 303
    assert said in words(editor.get(url(issue_id)))
    assert said in words(editor.get(url(issue_id, "send-now")))
    wrong = editor.submit(url(issue_id), "/audience", who="some", since="soon", status=400)
    assert "such as 2026-11-28" in wrong.text
    choose_audience(context, issue_id, [], EDITOR)
    stale = '[["tag", "Berlin"], ["tag", "paid"]]'
    answer = editor.submit(url(issue_id, "send-now"), "send-now", audience=stale, status=409)
    assert "another audience" in answer.text
    for odd in ("[" * 10_000, '[["tag"]]', "{}{", "7"):
        answer = editor.submit(url(issue_id, "send-now"), "send-now", audience=odd, status=400)
        assert "This form is broken" in answer.text
    assert open_issue(context, issue_id, EDITOR).is_draft


def test_one_press_schedules_and_the_calendar_has_it(editor: Person, issue_id: int) -> None:
    page = editor.get(url(issue_id))
    (first,) = re.findall(r'name="scheduled_at" value="([^"]+)">Tomorrow 9:00', page)
    editor.submit(url(issue_id), "/schedule", scheduled_at=first, status=303)
    assert "08:00 UTC" in words(editor.get(url(issue_id)))
    month = words(editor.get(f"/editor/calendar?month={first[:7]}"))
    assert "09:00 On slow tools" in month
    assert "(Europe/Berlin)" in month

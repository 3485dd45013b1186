"""The page where an issue is written, as its script and a browser without scripts get it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.domain.issues.issue import IssueState
from newsletter.store.models import Entry, Issue, Newsletter, Section
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from newsletter.usecases.newsletters.sponsors import list_sponsors
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_subscriber, an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words

NEW = "/editor/newsletters/news/issues/new"
SPONSORS = "/editor/newsletters/news/sponsors"


@pytest.fixture
def issue_id(context: Context, editor: Person) -> int:
    newsletter: Any = show_newsletters(context, EDITOR)[0]
    return an_issue(context, newsletter, number=1).id


def composed(editor: Person, issue_id: int, typed: Any, view: str = "phone") -> Any:
    page = f"/editor/issues/{issue_id}"
    token = editor.fields(page)["csrf_token"]
    return editor.client.post(
        f"{page}/composed?view={view}", json=typed, headers={"X-CSRFToken": token}
    )


def test_what_is_typed_is_in_the_mail_beside_it_and_is_not_saved(
    context: Context, editor: Person, issue_id: int
) -> None:
    first, second = open_issue(context, issue_id, EDITOR).content.entry_names
    typed = {
        "subject": "A new subject",
        f"{first}-title": "حبال قوية",
        f"{first}-body": "Just **typed**.",
        f"{second}-title": "",
        "entry-999-title": "Somebody removed it",
    }
    mail = composed(editor, issue_id, typed).json
    assert mail["subject"] == "A new subject"
    assert f'data-part="{first}"' in mail["html"]
    assert "حبال قوية" in mail["html"]
    assert "<strong" in mail["html"]
    assert "Untitled" in mail["html"]
    assert "Somebody removed it" not in mail["html"]
    assert composed(editor, issue_id, typed, view="text").json["text"].count("حبال قوية") >= 1
    saved = open_issue(context, issue_id, EDITOR)
    assert (saved.version, saved.content.subject) == (1, "On slow tools")
    sent = editor.client.get(f"/editor/issues/{issue_id}/preview/mail.html").text
    assert "data-part" not in sent, "the mail itself has no byte of it"
    assert mail["bytes"] == pytest.approx(len(sent), rel=0.2)


def test_what_can_not_be_shown_is_said_and_a_made_up_request_is_refused(
    editor: Person, issue_id: int
) -> None:
    deep = composed(editor, issue_id, {"intro": "> " * 60 + "x"}).json
    assert "nested more than" in deep["problem"]
    for odd in ({"title": 3}, ["title"], "title"):
        assert composed(editor, issue_id, odd).status_code == 400
    token = editor.fields(f"/editor/issues/{issue_id}")["csrf_token"]
    in_itself = editor.client.post(
        f"/editor/issues/{issue_id}/composed",
        data="[" * 10_000 + "]" * 10_000,
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert in_itself.status_code == 400
    bare = editor.client.post(f"/editor/issues/{issue_id}/composed", json={"title": "x"})
    assert bare.status_code == 400, "without a token"


def test_the_frame_of_the_mail_can_run_and_load_nothing(editor: Person, issue_id: int) -> None:
    answer = editor.client.get(f"/editor/issues/{issue_id}/composed?view=phone")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert re.search(r"img-src 'self' \S+/media/;", policy)


def test_a_scheduled_issue_says_what_goes_out_and_is_saved_by_its_form(
    context: Context, editor: Person, issue_id: int
) -> None:
    with context.database.write() as session:
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.scheduled_at = IssueState.SCHEDULED, context.now()
    page = f"/editor/issues/{issue_id}"
    assert "What you save until then goes out." in words(editor.get(page))
    editor.submit(page, title="Changed while it waits", status=303)
    assert open_issue(context, issue_id, EDITOR).content.title == "Changed while it waits"
    with context.database.write() as session:
        session.get_one(Issue, issue_id).state = IssueState.SENDING
    fields = {"csrf_token": editor.fields("/editor/account")["csrf_token"], "title": "Too late"}
    late = editor.client.post(page, data=fields)
    assert late.status_code == 409
    assert 'value="Too late"' in late.text, "what was typed is kept in the page"


def test_an_issue_that_went_out_is_read_as_it_was_sent_and_begins_a_new_one(
    context: Context, editor: Person, newsletter: Newsletter, issue_id: int
) -> None:
    a_subscriber(context, newsletter)
    with context.database.write() as session:
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.state_at = IssueState.SENDING, context.now()
        session.execute(update(Section).values(title="Links"))
    start_issue(context, issue_id)
    page = f"/editor/issues/{issue_id}"
    with context.database.write() as session:
        changed = {"title": "Changed by hand", "url": "javascript:alert(1)"}
        session.execute(update(Entry).values(changed))
    frame = editor.client.get(f"{page}/preview/mail.html?view=desktop").text
    assert "Changed by hand" not in frame, "it is the mail that was frozen"
    assert "https://example.com/" in frame
    assert "/c/preview/" not in frame, "no look at it is a click"
    read = editor.get(page)
    assert "as it is going out" in words(read)
    assert "can’t be changed any more" in words(read)
    assert "<textarea" not in read
    assert "javascript:alert(1)" in words(read)
    assert 'href="javascript:' not in read, "what no mail may link to is text here"
    editor.submit(page, "issues/new", how=f"like:{issue_id}", status=303)
    begun = open_issue(context, issue_id + 1, EDITOR)
    assert [section.title for section in begun.content.sections] == ["Links"]
    assert begun.content.entries == ()
    foreign = editor.fields("/editor/account")["csrf_token"]
    new = f"/editor/newsletters/{newsletter.slug}/issues/new"
    answer = editor.client.post(new, data={"csrf_token": foreign, "how": "like:99999"})
    assert answer.status_code == 404


def test_an_issue_begins_like_the_last_one_and_from_a_template(
    context: Context, editor: Person, issue_id: int
) -> None:
    page = f"/editor/issues/{issue_id}"
    (section,) = open_issue(context, issue_id, EDITOR).content.section_names
    editor.submit(page, **{f"{section}-title": "Tools"}, status=303)
    editor.submit(page, "/template", name="Weekly", status=303)
    like_last = editor.submit(NEW, how="last", status=303)
    assert 'value="Tools"' in editor.get(like_last.location)
    template = re.search(r'value="(template:\d+)"', editor.get(NEW))
    assert template is not None
    made = editor.submit(NEW, how=template[1], status=303)
    assert 'value="On slow tools"' in editor.get(made.location)
    editor.submit(NEW, how="template:999", status=404)
    editor.submit(NEW, how="anything", status=400)
    editor.submit(NEW, "/templates/", status=303)
    assert "template:" not in editor.get(NEW)


def test_a_paste_is_read_beside_before_anything_is_made_of_it(
    context: Context, editor: Person
) -> None:
    token = editor.fields(NEW)["csrf_token"]
    text = "# Links\n\n- [Ropes](https://example.org/r) – Strong.\n\n[x]: https://example.org/x\n"
    read = editor.client.post(
        "/editor/newsletters/news/issues/read", data={"csrf_token": token, "digest": text}
    )
    said = words(read.text)
    assert "1 entry" in said
    assert "Ropes" in said
    assert "Without a place" in said
    large = editor.client.post(
        "/editor/newsletters/news/issues/read",
        data={"csrf_token": token, "digest": "x" * 5_000_000},
    )
    assert "too large" in words(large.text) or "limit" in words(large.text).lower()
    assert show_newsletters(context, EDITOR)
    assert "No issues yet" in editor.get("/editor/newsletters/news/issues")


def test_sponsors_are_booked_listed_and_cancelled(
    context: Context, editor: Person, issue_id: int
) -> None:
    day = {"starts_on": "2026-11-20", "ends_on": "2099-12-31", "after_sections": "1"}
    editor.submit(SPONSORS, title="Acme", url="acme.example", **day, status=303)
    editor.submit(SPONSORS, title="Knots", **day, status=303)
    page = words(editor.get(SPONSORS))
    assert "Overlaps with “Knots”" in page
    assert "after section 1" in page
    assert "Acme" in words(editor.get(f"/editor/issues/{issue_id}"))
    wrong = editor.submit(SPONSORS, title="", starts_on="soon", status=400)
    assert "Enter a day such as" in wrong.text
    editor.submit(SPONSORS, "/cancel", status=303)
    (left,) = list_sponsors(context, "news", EDITOR).sponsors
    assert left.starts_on == date(2026, 11, 20)
    undo = "/editor/newsletters/news/deleted/sponsor/2"
    editor.submit(SPONSORS, undo, status=303)
    assert len(list_sponsors(context, "news", EDITOR).sponsors) == 2
    assert "The sponsor is back." in words(editor.get(SPONSORS))


def test_the_words_above_a_sponsor_are_the_newsletters_and_always_say_that_it_is_paid(
    context: Context, editor: Person, issue_id: int
) -> None:
    days = {"starts_on": "2020-01-01", "ends_on": "2099-12-31", "after_sections": "1"}
    editor.submit(SPONSORS, title="Acme", **days, status=303)

    def mail() -> str:
        return words(editor.client.get(f"/editor/issues/{issue_id}/preview/mail.html").text)

    for typed, shown in (
        ("Our partner", "Our partner · Sponsored Acme"),
        ("Paid ad", "Paid ad Acme"),
        ("{Ad} by {", "{Ad} by { Acme"),
        ("", "Sponsored Acme"),
    ):
        editor.submit(SPONSORS, "/label", label=typed, status=303)
        assert shown in mail()
    editor.submit(SPONSORS, "/label", label="Our partner", status=303)
    with context.database.write() as session:
        session.execute(update(Newsletter).values(language="de"))
    assert "Our partner" not in mail(), "it is for another language"
    editor.submit(SPONSORS, "/label", label="x" * 61, status=400)

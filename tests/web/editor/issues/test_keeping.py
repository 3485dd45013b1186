"""The addresses that the page of an issue saves to, in JSON."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import Any

import pytest

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import EntryContent, IssueState
from newsletter.domain.issues.issue_things import thing_of
from newsletter.domain.issues.versions import KEPT_REMOVED
from newsletter.spool.presence import LASTS_S, Here, Presence
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.keep_things import restore_thing
from newsletter.usecases.issues.write_issue import delete_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR, by
from tests.web.editor.conftest import Person

ROOT = "/editor/issues/{}"


class Page:
    """The page of an issue, as its script talks to the server."""

    def __init__(self, editor: Person, issue_id: int) -> None:
        self.client, self.issue_id = editor.client, issue_id
        self.renew()

    def renew(self) -> None:
        self.token = self.client.get("/editor/session").json["csrf_token"]

    def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.open(
            f"{ROOT.format(self.issue_id)}/{path}",
            method=method,
            json=body,
            headers={"X-CSRFToken": self.token},
        )
        assert answer.status_code == status, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.json

    def save(self, thing: str, status: int = 200, **fields: tuple[str, str]) -> Any:
        """Each field with what it was before, and what it should be."""
        new = {name: text for name, (_, text) in fields.items()}
        base = {name: text for name, (text, _) in fields.items()}
        return self.ask("PATCH", f"things/{thing}", status, fields=new, base=base)

    def state(self, since: int = 0, **query: str) -> Any:
        url = f"{ROOT.format(self.issue_id)}/state"
        return self.client.get(url, query_string={"since": since, **query}).json


@pytest.fixture
def issue(context: Context, first_editor: int) -> Issue:
    with context.database.read() as session:
        newsletter = session.get_one(
            type(a_newsletter(context)), show_newsletters(context, EDITOR)[0].id
        )
    return an_issue(context, newsletter)


@pytest.fixture
def page(editor: Person, issue: Issue) -> Page:
    return Page(editor, issue.id)


def entries_of(context: Context, issue_id: int) -> list[EntryContent]:
    return list(open_issue(context, issue_id, EDITOR).content.entries)


def ids_of(context: Context, issue_id: int) -> list[list[int]]:
    sections = open_issue(context, issue_id, EDITOR).content.sections
    return [[entry.id or 0 for entry in section.entries] for section in sections]


def test_two_people_change_two_fields_of_an_entry_and_both_are_saved(
    context: Context, page: Page
) -> None:
    entry = entries_of(context, page.issue_id)[0]
    name = f"entry-{entry.id}"
    first = page.save(name, body=(entry.body, "Theirs.\r\nTwo lines."))
    assert first["saved"] == {"body": "Theirs.\nTwo lines."}
    assert page.save(name, title=(entry.title, "  Mine "))["saved"] == {"title": "Mine"}
    after = entries_of(context, page.issue_id)[0]
    assert (after.title, after.body) == ("Mine", "Theirs.\nTwo lines.")
    changed = page.state(since=first["version"])
    assert [one["thing"] for one in changed["things"]] == [name]
    assert page.state(since=changed["version"])["things"] == []


def test_the_same_field_changed_twice_is_a_conflict_with_both_texts_and_the_rest_is_saved(
    context: Context, page: Page
) -> None:
    entry = entries_of(context, page.issue_id)[0]
    name = f"entry-{entry.id}"
    page.save(name, body=(entry.body, "Theirs."))
    answer = page.save(name, 409, body=(entry.body, "Mine."), author=("", "Ada"))
    assert answer["conflicts"] == {
        "body": {"base": entry.body, "yours": "Mine.", "theirs": "Theirs."}
    }
    assert answer["saved"] == {"author": "Ada"}
    assert entries_of(context, page.issue_id)[0].body == "Theirs."
    page.save(name, body=("Theirs.", "Both."))
    assert entries_of(context, page.issue_id)[0].body == "Both."


def test_a_request_that_comes_twice_does_what_it_does_once(context: Context, page: Page) -> None:
    entry = entries_of(context, page.issue_id)[0]
    once = page.save(f"entry-{entry.id}", title=(entry.title, "New"))
    again = page.save(f"entry-{entry.id}", title=(entry.title, "New"))
    assert again["version"] == once["version"]
    added = [
        page.ask("POST", "things", 201, kind="entry", key="k1", fields={"title": "Added"})
        for _ in range(2)
    ]
    assert added[0] == added[1]
    assert [one.title for one in entries_of(context, page.issue_id)].count("Added") == 1


def test_a_wrong_field_is_refused_with_its_words_and_the_rest_is_saved(
    context: Context, page: Page
) -> None:
    entry = entries_of(context, page.issue_id)[0]
    answer = page.save(
        f"entry-{entry.id}", url=(entry.url, "javascript:x"), title=(entry.title, "Right")
    )
    assert "the link must start with" in answer["problems"]["url"]
    after = entries_of(context, page.issue_id)[0]
    assert (after.title, after.url) == ("Right", entry.url)
    head = page.save("issue", number=("", "twelve"), issued_on=("", "soon"), author=("", "S"))
    assert head["problems"].keys() == {"number", "issued_on"}
    assert open_issue(context, page.issue_id, EDITOR).content.author == "S"


def test_things_are_added_moved_removed_and_brought_back_with_their_ids(
    context: Context, page: Page
) -> None:
    ((first, second),) = ids_of(context, page.issue_id)
    section = page.ask("POST", "things", 201, kind="section", after=None)["id"]
    new = page.ask("POST", "things", 201, kind="entry", section=section)["id"]
    assert ids_of(context, page.issue_id) == [[new], [first, second]]
    page.ask("POST", "moves", thing=f"entry-{second}", section=section, after=None)
    assert ids_of(context, page.issue_id) == [[second, new], [first]]
    page.ask("POST", "moves", thing=f"section-{section}")
    assert ids_of(context, page.issue_id) == [[first], [second, new]]
    outline = page.state()["outline"]
    assert [one["entries"] for one in outline] == [[first], [second, new]]
    page.save(f"entry-{new}", title=("", "Dear words"))
    page.ask("DELETE", f"things/section-{section}")
    assert ids_of(context, page.issue_id) == [[first]]
    assert page.save(f"entry-{new}", 410, title=("Dear words", "x"))["error"] == "gone"
    page.ask("POST", f"things/section-{section}/restore")
    page.ask("POST", f"things/section-{section}/restore")
    assert ids_of(context, page.issue_id) == [[first], [second, new]]
    page.ask("DELETE", f"things/entry-{second}")
    back = page.ask("POST", f"things/entry-{second}/restore")
    assert back["saved"]["title"]
    assert ids_of(context, page.issue_id) == [[first], [second, new]]


def test_what_was_removed_a_month_ago_is_gone_for_good(context: Context, page: Page) -> None:
    ((first, _),) = ids_of(context, page.issue_id)
    page.ask("DELETE", f"things/entry-{first}")
    long_after = replace(context, now=lambda: context.now() + KEPT_REMOVED * 2)
    with pytest.raises(NotFound, match="gone for good"):
        restore_thing(long_after, page.issue_id, thing_of(f"entry-{first}"), EDITOR)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("things/entry-0", {"fields": {}, "base": {}}),
        ("things/entry-1x", {"fields": {}, "base": {}}),
        ("things/issue", {"fields": {"state": "sent"}, "base": {"state": "draft"}}),
        ("things/issue", {"fields": {"title": "A"}, "base": {}}),
        ("things/issue", {"fields": {"title": 1}, "base": {"title": "A"}}),
        ("things/issue", {"fields": {"title": "\ud800"}, "base": {"title": ""}}),
        ("things/issue", {"fields": ["title"], "base": {}}),
        ("things/issue", {"fields": {str(n): "" for n in range(21)}, "base": {}}),
        ("things/issue", {"version": 1}),
        ("things/issue", ["title"]),
        ("things/issue", None),
    ],
)
def test_what_is_no_request_of_the_page_is_refused_in_words(
    page: Page, path: str, body: object
) -> None:
    answer = page.client.patch(
        f"{ROOT.format(page.issue_id)}/{path}", json=body, headers={"X-CSRFToken": page.token}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json["error"] == "invalid"
    assert answer.json["message"]


@pytest.mark.parametrize("raw", ["[" * 100_000, "{", '{"after": 1' + "0" * 5000 + "}", "\xff"])
def test_a_body_that_is_no_json_is_refused(page: Page, raw: str) -> None:
    answer = page.client.post(
        f"{ROOT.format(page.issue_id)}/moves",
        data=raw.encode("latin-1"),
        headers={"X-CSRFToken": page.token, "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json["error"]) == (400, "invalid")


def test_a_body_that_is_too_large_is_not_read(page: Page) -> None:
    body = json.dumps({"fields": {"body": "x" * 3_000_000}})
    answer = page.client.patch(
        f"{ROOT.format(page.issue_id)}/things/issue",
        data=body,
        headers={"X-CSRFToken": page.token, "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json["error"]) == (413, "too-large")


def test_the_longest_text_fits_with_what_it_was_before(context: Context, page: Page) -> None:
    long = "汉" * 199_000
    before = open_issue(context, page.issue_id, EDITOR).content.intro
    page.save("issue", intro=(before, long))
    page.save("issue", intro=(long, f"{long}!"))
    assert open_issue(context, page.issue_id, EDITOR).content.intro.endswith("!")


def test_a_request_of_another_site_or_of_a_stranger_changes_nothing(
    context: Context, page: Page
) -> None:
    url = f"{ROOT.format(page.issue_id)}/things/issue"
    body = {"fields": {"title": "Hacked"}, "base": {"title": page.state()["things"][0]["fields"]}}
    without = page.client.patch(url, json=body)
    assert (without.status_code, without.json["error"]) == (400, "csrf")
    page.client.post("/editor/sign-out", data={"csrf_token": page.token})
    for method in ("patch", "delete"):
        answer = getattr(page.client, method)(url, json=body, headers={"X-CSRFToken": page.token})
        assert (answer.status_code, answer.json["error"]) == (401, "signed-out")
    assert page.client.get(f"{ROOT.format(page.issue_id)}/state").status_code == 401
    assert open_issue(context, page.issue_id, EDITOR).content.title != "Hacked"


def test_a_thing_of_another_issue_is_not_to_be_reached(context: Context, page: Page) -> None:
    other = an_issue(context, a_newsletter(context))
    (foreign, _), *_ = ids_of(context, other.id)
    ((own, _),) = ids_of(context, page.issue_id)
    for method, path, body in (
        ("PATCH", f"things/entry-{foreign}", {"fields": {"title": "x"}, "base": {"title": ""}}),
        ("DELETE", f"things/entry-{foreign}", {}),
        ("POST", "moves", {"thing": f"entry-{foreign}"}),
        ("POST", "moves", {"thing": f"entry-{own}", "section": foreign + 1000}),
    ):
        assert page.ask(method, path, 410, **body)["error"] == "gone"
    page.ask("POST", f"things/entry-{foreign}/restore", 404)
    assert ids_of(context, other.id)[0][0] == foreign


@pytest.mark.parametrize("became", [IssueState.SENT, IssueState.SENDING, None])
def test_an_issue_that_was_sent_or_deleted_meanwhile_says_so(
    context: Context, page: Page, became: IssueState | None
) -> None:
    if became is None:
        delete_issue(context, page.issue_id, by("ben"))
    else:
        with context.database.write() as session:
            session.get_one(Issue, page.issue_id).state = became
    answer = page.save("issue", 409 if became else 404, title=("", "Late"))
    assert answer["error"] == ("closed" if became else "not-found")


def test_a_session_that_began_again_elsewhere_needs_a_new_token_only(
    page: Page, editor: Person
) -> None:
    editor.client.post("/editor/sign-out", data={"csrf_token": page.token})
    editor.sign_in()
    assert page.save("issue", 400, title=("", "x"))["error"] == "csrf"
    page.renew()
    page.save("issue", author=("", "Again"))


class TestPresence:
    def test_the_others_who_have_the_issue_open_are_named_until_they_fall_silent(
        self, context: Context
    ) -> None:
        presence, now = Presence(context.settings.redis_url), time.time()
        ada, ben = Here("a", 1, "Ada", "entry-7"), Here("b", 2, "<b>Ben</b>", "")
        assert presence.meet(1, ada, now) == ()
        assert presence.meet(1, ben, now) == (ada,)
        assert presence.meet(2, ben, now) == ()
        assert presence.meet(1, ben, now + LASTS_S + 1) == ()

    def test_without_redis_nobody_is_seen_and_nobody_waits(self) -> None:
        presence = Presence("redis://127.0.0.1:1/0")
        assert presence.meet(1, Here("a", 1, "Ada", ""), 0.0) == ()

    def test_what_a_page_claims_of_itself_is_bounded(self, page: Page) -> None:
        first = page.state(tab="x" * 33, at="<script>")
        assert first["people"] == []
        (seen,) = page.state(tab="other")["people"]
        assert (seen["name"], seen["at"]) == ("Ada", "")


class TestHistoryPages:
    def test_the_history_shows_words_as_words_and_brings_back_what_was_removed(
        self, context: Context, page: Page, editor: Person
    ) -> None:
        entry = entries_of(context, page.issue_id)[0]
        page.save(f"entry-{entry.id}", title=(entry.title, "<script>alert(1)</script>"))
        root = ROOT.format(page.issue_id)
        overview = editor.get(f"{root}/history")
        (version,) = set(re.findall(rf"{root}/history/(\d+)", overview)[:1])
        shown = editor.get(f"{root}/history/{version}")
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        page.ask("DELETE", f"things/entry-{entry.id}")
        assert "&lt;script&gt;" in editor.get(f"{root}/history")
        editor.submit(f"{root}/history", "history/removed", status=303)
        assert len(entries_of(context, page.issue_id)) == 2
        editor.submit(f"{root}/history/{int(version) - 1}", status=303)
        assert entries_of(context, page.issue_id)[0].title == entry.title

    def test_a_deleted_draft_is_listed_and_comes_back(
        self, context: Context, page: Page, editor: Person
    ) -> None:
        editor.submit(f"{ROOT.format(page.issue_id)}/delete", status=303)
        editor.submit("/editor/newsletters/news/deleted", f"draft/{page.issue_id}", status=303)
        assert len(entries_of(context, page.issue_id)) == 2

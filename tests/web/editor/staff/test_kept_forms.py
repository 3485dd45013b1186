"""What was typed is not lost when the session has ended meanwhile."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from tests.support.builders import an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import ADDRESS, PASSWORD, FormReader, Person

OURS = {"Origin": "http://localhost"}
INTRO = "Three paragraphs,\r\n\r\ntyped for an hour. “Quotes” & <b>"


@pytest.fixture
def issue_id(context: Context, editor: Person) -> int:
    return an_issue(context, show_newsletters(context, EDITOR)[0]).id


def typed(editor: Person, issue_id: int) -> dict[str, str]:
    page = f"/editor/issues/{issue_id}"
    return {**form_of(editor.get(page), page), "intro": INTRO}


def form_of(page: str, target: str) -> dict[str, str]:
    reader = FormReader()
    reader.feed(page)
    return next(fields for action, fields in reader.forms if action.endswith(target))


def post(editor: Person, issue_id: int, fields: dict[str, str], **headers: str) -> Any:
    target = f"/editor/issues/{issue_id}"
    return editor.client.post(target, data=fields, headers={**OURS, **headers})


def saved_intro(context: Context, issue_id: int) -> str:
    return open_issue(context, issue_id, EDITOR).content.intro


def sign_out_in_another_tab(editor: Person) -> None:
    editor.submit("/editor/account", "sign-out", status=303)


def test_text_typed_before_the_session_ended_is_offered_after_signing_in(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    asked = post(editor, issue_id, fields)
    assert asked.status_code == 403
    assert "What you typed is kept" in asked.text
    signing_in = {**form_of(asked.text, "sign-in"), "address": ADDRESS, "password": PASSWORD}
    offered = editor.client.post("/editor/sign-in", data=signing_in, headers=OURS)
    assert "Your text is not saved yet" in offered.text
    assert saved_intro(context, issue_id) != INTRO, "signing in submits nothing by itself"
    again = form_of(offered.text, f"/editor/issues/{issue_id}")
    assert again["intro"].replace("\n", "") == INTRO.replace("\n", "")
    assert post(editor, issue_id, again).status_code == 303
    assert saved_intro(context, issue_id) == INTRO.replace("\r\n", "\n")


def test_a_wrong_password_keeps_it_too(editor: Person, issue_id: int) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    asked = post(editor, issue_id, fields)
    wrong = {**form_of(asked.text, "sign-in"), "address": ADDRESS, "password": "wrong"}
    refused = editor.client.post("/editor/sign-in", data=wrong, headers=OURS)
    assert refused.status_code == 400
    assert form_of(refused.text, "sign-in")["kept"]


def test_a_link_in_another_tab_brings_it_back_too(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    asked = post(editor, issue_id, fields)
    wanted = {**form_of(asked.text, "sign-in"), "address": ADDRESS}
    sent = editor.client.post("/editor/sign-in/link", data=wanted, headers=OURS)
    waiting = form_of(sent.text, "kept")
    assert editor.client.post("/editor/sign-in/kept", data=waiting, headers=OURS).status_code == 403
    editor.sign_in()
    offered = editor.client.post("/editor/sign-in/kept", data=waiting, headers=OURS)
    assert "Your text is not saved yet" in offered.text


def test_signed_in_again_in_another_tab_the_old_form_is_offered_at_once(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    editor.sign_in()
    offered = post(editor, issue_id, fields)
    assert offered.status_code == 400
    assert "Your text is not saved yet" in offered.text
    assert post(editor, issue_id, form_of(offered.text, f"issues/{issue_id}")).status_code == 303
    assert saved_intro(context, issue_id) == INTRO.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""}],
)
def test_a_form_of_another_site_is_never_kept(
    editor: Person, issue_id: int, headers: dict[str, str]
) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    answer = post(editor, issue_id, fields, **headers)
    assert answer.status_code in (303, 400)
    assert "kept" not in answer.text


def test_a_kept_form_is_taken_from_our_own_pages_only(editor: Person, issue_id: int) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    kept = form_of(post(editor, issue_id, fields).text, "sign-in")["kept"]
    editor.sign_in()
    answer = editor.client.post(
        "/editor/sign-in/kept", data={"kept": kept}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 303
    answer = editor.client.post("/editor/sign-in/kept", data={"kept": kept + "x"}, headers=OURS)
    assert answer.status_code == 303


def test_what_sends_or_removes_is_never_kept(editor: Person, issue_id: int) -> None:
    token = typed(editor, issue_id)["csrf_token"]
    sign_out_in_another_tab(editor)
    for action in ("send-now", "delete", "cancel", "again"):
        answer = editor.client.post(
            f"/editor/issues/{issue_id}/{action}", data={"csrf_token": token}, headers=OURS
        )
        assert "Submit it again" not in answer.text
        assert 'name="kept"' not in answer.text


@pytest.mark.parametrize(
    ("page", "target", "field"),
    [
        ("/editor/newsletters/news", "", "description"),
        ("/editor/newsletters/news/issues/new", "", "digest"),
        ("/editor/newsletters/new", "", "description"),
        ("/editor/newsletters/news/subscribers/add", "", "consent"),
    ],
)
def test_other_forms_with_text_keep_theirs(
    editor: Person, page: str, target: str, field: str
) -> None:
    fields = {**editor.fields(page, target), field: "An hour of work"}
    where = fields.pop("__target__") or page
    sign_out_in_another_tab(editor)
    asked = editor.client.post(where, data=fields, headers=OURS)
    signing_in = {**form_of(asked.text, "sign-in"), "address": ADDRESS, "password": PASSWORD}
    offered = editor.client.post("/editor/sign-in", data=signing_in, headers=OURS)
    assert form_of(offered.text, where)[field] == "An hour of work"


def test_a_long_issue_is_kept_for_a_browser_that_an_editor_used(
    context: Context, editor: Person, issue_id: int
) -> None:
    long = "word " * 100_000
    fields = {**typed(editor, issue_id), "intro": long}
    sign_out_in_another_tab(editor)
    asked = post(editor, issue_id, fields)
    assert asked.status_code == 403
    signing_in = {**form_of(asked.text, "sign-in"), "address": ADDRESS, "password": PASSWORD}
    offered = editor.client.post("/editor/sign-in", data=signing_in, headers=OURS)
    assert long.strip() in unescape(offered.text)


def test_nothing_long_is_kept_for_a_stranger(person: Person, app: Any, first_editor: int) -> None:
    answer = person.client.post("/editor/issues/1", data={"intro": "x" * 300_000}, headers=OURS)
    assert answer.status_code == 413


def test_a_browser_without_a_word_on_where_the_form_was_signs_in_as_before(
    editor: Person, issue_id: int
) -> None:
    fields = typed(editor, issue_id)
    sign_out_in_another_tab(editor)
    answer = editor.client.post(f"/editor/issues/{issue_id}", data=fields)
    assert answer.status_code in (303, 400)
    assert not re.search(r'name="kept"', answer.text)

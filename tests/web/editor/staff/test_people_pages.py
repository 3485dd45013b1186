"""What is wrong on the pages of people is said in the frame, and changes nothing."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from flask import Flask

from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.usecases.context import Context
from newsletter.usecases.staff.remove_editor import remove_editor
from tests.support.builders import a_newsletter, an_editor
from tests.web.editor.conftest import PASSWORD, Person, signed_in, words

PEOPLE = "/editor/newsletters/notes/people"
LONG = "x" * 10_000


@pytest.fixture
def owner(app: Flask, context: Context, editor: Person) -> Person:
    """Ada runs the server. The newsletter is owned by someone else, alone."""
    notes = a_newsletter(context, slug="notes")
    signed_in(app, context, {notes.id: Role.OWNER})
    return editor


def post(person: Person, url: str, token_from: str, **form: str) -> tuple[int, str]:
    token = person.fields(token_from, "sign-out")["csrf_token"]
    answer = person.client.post(url, data={"csrf_token": token, "current": PASSWORD, **form})
    assert 'class="sidebar"' in answer.text or answer.status_code == 303, answer.text
    return answer.status_code, words(answer.text)


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("", {"address": f"{LONG}@example.org", "role": "viewer"}, 400, "too long"),
        ("", {"address": "not an address", "role": "viewer"}, 400, "email address"),
        ("", {"address": "cy@example.org", "role": "boss"}, 400, "Choose a role."),
        ("/2/role", {"role": "boss"}, 400, "Choose a role."),
        ("/2/role", {"role": "viewer"}, 409, "A newsletter always has an owner."),
        ("/2/remove", {}, 409, "A newsletter always has an owner."),
        ("/999/role", {"role": "viewer"}, 404, "They have no role in this newsletter."),
        ("/owner", {"user_id": "999"}, 404, "They have no role in this newsletter."),
        ("/invited/999/withdraw", {}, 404, ""),
        ("/leave", {}, 404, "They have no role in this newsletter."),
    ],
)
def test_what_cannot_be_done_is_said_in_the_frame(
    owner: Person, path: str, form: dict[str, str], status: int, said: str
) -> None:
    answered, text = post(owner, PEOPLE + path, PEOPLE, **form)
    assert (answered, said in text) == (status, True), text


def test_a_form_sent_twice_invites_once_and_a_long_name_is_refused(
    owner: Person, context: Context
) -> None:
    form = {"address": "cy@example.org", "role": "viewer"}
    assert post(owner, PEOPLE, PEOPLE, **form)[0] == 303
    status, text = post(owner, PEOPLE, PEOPLE, **form)
    assert (status, "This address is invited already." in text) == (400, True)
    name = {"address": "di@example.org", "name": LONG, "post": "none"}
    status, text = post(owner, "/editor/editors/", "/editor/editors/", **name)
    assert (status, "Use one line of at most 100 characters." in text) == (400, True)
    an_editor(context, address="eve@example.org", name="\u202e<b>resu</b>")
    page = owner.get("/editor/editors/")
    assert "<bdi>\u202e&lt;b&gt;resu&lt;/b&gt;</bdi>" in page, "its direction ends with the name"
    assert owner.client.get(f"/editor/audit?who={LONG}&since=never&older=-1").status_code == 200


def test_the_downloaded_audit_log_has_no_formula_and_leaves_empty_cells_empty(
    owner: Person, context: Context
) -> None:
    eve = an_editor(context)
    remove_editor(context, eve.id, Principal.command_line("@ops"))
    log = csv.DictReader(StringIO(owner.get("/editor/audit?format=csv")))
    removed = next(line for line in log if line["action"] == "user.removed")
    assert (removed["who"], removed["address"]) == ("'@ops", "")


def test_a_hand_made_request_without_the_right_is_refused_in_the_frame(
    app: Flask, context: Context
) -> None:
    notes = a_newsletter(context, slug="notes")
    viewer = signed_in(app, context, {notes.id: Role.VIEWER})
    for path in ("", "/1/role", "/owner", "/1/remove", "/invited/1/again", "/invited/1/withdraw"):
        status, text = post(viewer, PEOPLE + path, PEOPLE, role="owner")
        assert (status, "You need to be an owner of the newsletter" in text) == (403, True), path

"""The second factor on pages: set up on the account page, asked by every way in, lost by none."""

from __future__ import annotations

import re
import time
from typing import Any

import pyotp
import pytest
from flask import Flask

from newsletter.store.models import Passkey
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from newsletter.usecases.staff.sign_in_link import sign_in_link
from tests.support.builders import an_issue
from tests.support.factors import reset_token
from tests.support.principals import EDITOR
from tests.web.editor.conftest import ADDRESS, PASSWORD, FormReader, Person, words

FACTOR = "/editor/account/second-factor"
CODE = "/editor/sign-in/code"
OURS = {"Origin": "http://localhost"}


class Phone:
    """Its codes are of the next half minute: the one of now was used to set it up."""

    def __init__(self, editor: Person) -> None:
        page = editor.get(f"{FACTOR}/app")
        assert re.search(r'<svg[^>]* class="qr"', page)
        shown = re.search(r'id="secret">([^<]+)<', page)
        assert shown
        self.app = pyotp.TOTP(re.sub(r"\s", "", shown[1]))
        sealed = re.search(r'name="sealed" value="([^"]+)"', page)
        assert sealed
        fields = {"sealed": sealed[1], "code": self.app.now()}
        self.shown = editor.submit(f"{FACTOR}/app", status=200, **fields).text
        self.recovery_codes = re.findall(r"<code>([a-z2-7-]{19})</code>", self.shown)

    @property
    def code(self) -> str:
        return self.app.at(time.time() + 30)


@pytest.fixture
def phone(editor: Person) -> Phone:
    return Phone(editor)


@pytest.fixture
def stranger(app: Flask, phone: Phone) -> Person:
    """Who knows the password, in a browser of their own."""
    person = Person(app.test_client())
    asked = person.submit(
        "/editor/sign-in?next=/editor/audit", "sign-in", address=ADDRESS, password=PASSWORD
    )
    assert asked.location == f"{CODE}?next=/editor/audit"
    return person


def form_of(page: str, target: str) -> dict[str, str]:
    reader = FormReader()
    reader.feed(page)
    return next(fields for action, fields in reader.forms if action.endswith(target) and fields)


def test_the_codes_are_shown_once_and_can_be_kept_as_a_file(editor: Person, phone: Phone) -> None:
    assert len(phone.recovery_codes) == 10
    file = f"data:text/plain;charset=utf-8,{phone.recovery_codes[0]}%0A"
    assert f'download="recovery-codes.txt" href="{file}' in phone.shown
    page = words(editor.get(FACTOR))
    assert "10 codes left" in page
    assert not any(code in page for code in phone.recovery_codes)


def test_no_page_and_no_answer_for_a_script_is_open_before_the_code(stranger: Person) -> None:
    for url in ("/editor/", "/editor/audit", FACTOR, "/editor/account"):
        assert "/editor/sign-in" in stranger.client.get(url).location
    session = stranger.client.get("/editor/session", headers={"Accept": "application/json"})
    assert session.json["signed_in"] is False
    wrong = stranger.submit(f"{CODE}?next=/editor/audit", "code", status=400, code="000000")
    assert "Wrong code" in wrong.text


def test_the_code_leads_on_to_what_was_asked_for(stranger: Person, phone: Phone) -> None:
    with stranger.client.session_transaction() as before:
        before["planted"] = "by somebody else"
    done = stranger.submit(f"{CODE}?next=/editor/audit", "code", code=phone.code)
    assert done.location == "/editor/audit"
    with stranger.client.session_transaction() as after:
        assert not {"planted", "half_signed_in"} & set(after)
    stranger.get("/editor/audit")


def test_a_mailed_link_asks_for_it_and_takes_a_recovery_code(
    app: Flask, context: Context, phone: Phone, first_editor: int
) -> None:
    with context.database.read() as session:
        link = sign_in_link(context, user_by_id(session, first_editor))
    person = Person(app.test_client())
    asked = person.submit(link.removeprefix("http://localhost:8000"), "", status=303)
    assert asked.location == CODE
    person.submit(CODE, "code", status=303, code=phone.recovery_codes[3])
    assert "Signed in. Forgot your password?" in words(person.get("/editor/"))


def test_what_was_typed_survives_both_steps(context: Context, editor: Person, phone: Phone) -> None:
    issue = f"/editor/issues/{an_issue(context, show_newsletters(context, EDITOR)[0]).id}"
    typed = {**form_of(editor.get(issue), issue), "intro": "Typed for an hour."}
    editor.submit("/editor/account", "sign-out", status=303)
    page = post(editor, issue, typed)
    first = {**form_of(page, "sign-in"), "address": ADDRESS, "password": PASSWORD}
    page = post(editor, "/editor/sign-in", first)
    page = post(editor, CODE, {**form_of(page, "code"), "code": "000000"})
    page = post(editor, CODE, {**form_of(page, "code"), "code": phone.code})
    assert "Your text is not saved yet" in page
    post(editor, issue, form_of(page, issue))
    saved = open_issue(context, int(issue.rpartition("/")[2]), EDITOR)
    assert saved.content.intro == "Typed for an hour."


def post(editor: Person, url: str, fields: dict[str, str]) -> Any:
    return editor.client.post(url, data=fields, headers=OURS).text


def test_passkeys_of_a_host_that_we_have_left_are_named_and_not_offered(
    context: Context, editor: Person, stranger: Person, first_editor: int
) -> None:
    with context.database.write() as session:
        session.add(
            Passkey(
                user_id=first_editor,
                credential_id="key",
                public_key="key",
                sign_count=0,
                name="Laptop",
                added_at=context.now(),
                host="old.example",
            )
        )
    page = words(stranger.get(CODE))
    assert "Passkeys of old.example don’t work here, because this service has moved." in page
    assert "works at old.example alone" in words(editor.get(FACTOR))
    for asking in (page, words(editor.get(f"{FACTOR}/confirm"))):
        assert "Code" in asking
        assert "a passkey" not in asking


def test_the_dialog_over_a_page_may_frame_the_second_step(stranger: Person) -> None:
    policy = stranger.client.get(CODE).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy


def test_changes_of_factors_are_asked_again_in_a_session_of_some_age(
    app: Flask, context: Context, editor: Person, phone: Phone
) -> None:
    with context.database.write() as session:
        session.connection().exec_driver_sql(
            "UPDATE user_sessions SET confirmed_at = '2026-01-01 00:00:00'"
        )
    for url in (f"{FACTOR}/app/remove", f"{FACTOR}/codes"):
        form = form_of(editor.get(FACTOR), url)
        asked = editor.client.post(url, data={**form, "current": PASSWORD})
        assert asked.location == f"{FACTOR}/confirm"
    again = {"current": PASSWORD, "code": phone.code}
    editor.submit(f"{FACTOR}/confirm", "confirm", status=303, **again)
    editor.submit(FACTOR, "app/remove", status=303, current=PASSWORD)
    assert "Set up an app" in editor.get(FACTOR)
    Person(app.test_client()).sign_in().get("/editor/")


def test_a_forgotten_password_is_chosen_again_by_link_and_code(
    app: Flask, context: Context, editor: Person, phone: Phone
) -> None:
    person = Person(app.test_client())
    said = [
        words(person.submit("/editor/password", status=200, address=address).text)
        for address in (ADDRESS, "nobody@example.org")
    ]
    assert said[0].replace(ADDRESS, "") == said[1].replace("nobody@example.org", "")
    link = f"/editor/password/{reset_token(context)}"
    assert person.submit(link, status=303).location == CODE
    assert person.client.get("/editor/password/new").location == "/editor/password"
    person.submit(CODE, "code", status=400, code="000000")
    assert person.submit(CODE, "code", code=phone.code).location == "/editor/password/new"
    person.submit("/editor/password/new", status=400, password="short")
    person.submit("/editor/password/new", status=303, password="another good one")
    assert "Your new password is in effect" in person.get("/editor/")
    assert "/editor/sign-in" in editor.client.get("/editor/").location
    assert "has been used" in words(person.get(link, status=410))

"""Signing in and out, as somebody at a browser meets it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import Newsletter, OutboxMessage, User
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in import request_sign_in_link
from newsletter.usecases.staff.sign_in_link import sign_in_link
from newsletter.web import even_time
from newsletter.web.editor.staff import sign_in as pages
from tests.web.editor.conftest import ADDRESS, PASSWORD, Person, words


def the_first_link(context: Context) -> str:
    url = prepare_first_start(context).sign_in_url or ""
    return url.removeprefix("http://localhost:8000")


def test_the_first_link_leads_to_a_button_and_on_to_a_name_and_a_password(
    context: Context, person: Person
) -> None:
    link = the_first_link(context)
    assert "This link works once" in person.get(link)
    assert "This link works once" in person.get(link), "looking at it uses nothing up"
    assert person.submit(link).location == "/editor/account"
    assert person.client.get("/editor/").location == "/editor/account"
    answer = person.submit(
        "/editor/account", name="Ada", address=ADDRESS, password=PASSWORD, status=303
    )
    assert answer.location == "/editor/"
    assert "Hello, Ada" in words(person.get("/editor/"))


def test_a_used_link_says_so_and_offers_another(context: Context, person: Person) -> None:
    link = the_first_link(context)
    fields = person.fields(link)
    fields.pop("__target__")
    person.client.post(link, data=fields)
    answer = person.client.get(link)
    assert answer.status_code == 410
    assert "has been used" in answer.text
    assert "Email me a sign-in link" in answer.text


def test_an_altered_link_is_refused(context: Context, person: Person) -> None:
    assert "not valid" in person.get(the_first_link(context)[:-3] + "xyz", status=410)


def test_every_page_asks_to_sign_in_and_comes_back_afterwards(
    person: Person, first_editor: int
) -> None:
    answer = person.client.get("/editor/newsletters/news/issues?x=1")
    assert answer.status_code == 303
    assert answer.location == "/editor/sign-in?next=/editor/newsletters/news/issues?x%3D1"
    back = person.submit(answer.location, "sign-in", address=ADDRESS, password=PASSWORD)
    assert back.location == "/editor/newsletters/news/issues?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/editor",
        "//evil.example/editor",
        "/\\evil.example",
        "/editor\\@evil",
        "javascript:1",
        "/n/news",
        "/editor/\r\nX: y",
    ],
)
def test_signing_in_leads_to_our_own_pages_only(
    person: Person, first_editor: int, target: str
) -> None:
    answer = person.submit(
        "/editor/sign-in", "sign-in", address=ADDRESS, password=PASSWORD, next=target
    )
    assert answer.location == "/editor/"


def test_a_wrong_password_keeps_the_address_and_says_what_to_do(
    person: Person, first_editor: int
) -> None:
    answer = person.submit(
        "/editor/sign-in", "sign-in", address=ADDRESS, password="wrong", status=400
    )
    assert f'value="{ADDRESS}"' in answer.text
    assert "Wrong email or password" in answer.text


def test_a_mailed_link_is_promised_in_the_same_words_to_anybody(
    context: Context, person: Person, first_editor: int
) -> None:
    known = person.submit("/editor/sign-in", "sign-in", status=400, address="", password="")
    assert known.status_code == 400
    fields = person.fields("/editor/sign-in", "sign-in")
    pages = []
    for address in (ADDRESS, "nobody@example.org"):
        data = {**fields, "address": address}
        answer = person.client.post("/editor/sign-in/link", data=data)
        assert answer.status_code == 200
        pages.append(answer.text.replace(address, "…"))
    assert pages[0] == pages[1]


def test_a_mailed_link_is_promised_at_the_same_time_to_anybody(
    person: Person, first_editor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that stands still, all of an answer's time is the wait that evens it out."""
    waited: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=waited.append)
    monkeypatch.setattr(even_time, "time", clock)
    monkeypatch.setattr(pages, "time", clock)
    fields = person.fields("/editor/sign-in", "sign-in")
    for address in (ADDRESS, "nobody@example.org"):
        person.client.post("/editor/sign-in/link", data={**fields, "address": address})
    assert waited == [even_time.LEAST_ANSWER_S] * 2


def test_a_mailed_link_works_for_an_editor_who_is_signed_out(
    context: Context, editor: Person
) -> None:
    editor.submit("/editor/", "sign-out", status=303)
    assert editor.client.get("/editor/").status_code == 303
    assert request_sign_in_link(context, ADDRESS)


def test_a_new_password_signs_out_the_other_browser(app: Any, editor: Person) -> None:
    other = Person(app.test_client()).sign_in()
    editor.submit(
        "/editor/account",
        "",
        name="Ada",
        address=ADDRESS,
        password="another good one",
        current=PASSWORD,
        status=303,
    )
    assert editor.client.get("/editor/").status_code == 200
    assert other.client.get("/editor/").status_code == 303


def test_a_copy_of_the_cookie_lets_nobody_in_after_signing_out(app: Any, editor: Person) -> None:
    thief = app.test_client()
    cookie = editor.client.get_cookie("newsletter_session")
    thief.set_cookie("newsletter_session", cookie.value)
    assert thief.get("/editor/").status_code == 200
    editor.submit("/editor/", "sign-out", status=303)
    assert thief.get("/editor/").status_code == 303


def test_a_new_name_keeps_the_session_and_a_new_browser_is_told_by_mail(
    context: Context, editor: Person, app: Any
) -> None:
    editor.submit("/editor/account", name="Ada L.", address=ADDRESS, status=303)
    assert "Ada L." in editor.get("/editor/")
    with context.database.read() as session:
        of_account = OutboxMessage.kind == OutboxKind.ACCOUNT_CHANGE
        count = select(func.count()).select_from(OutboxMessage).where(of_account)
        before = session.scalar(count)
    editor.submit("/editor/", "sign-out", status=303)
    editor.sign_in()
    with context.database.read() as session:
        assert session.scalar(count) == before, "this browser was in before"
    Person(app.test_client()).sign_in()
    with context.database.read() as session:
        assert session.scalar(count) == before + 1


def test_signing_in_begins_a_session_of_its_own(person: Person, first_editor: int) -> None:
    person.get("/editor/sign-in")
    with person.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    person.sign_in()
    with person.client.session_transaction() as session:
        assert "planted" not in session


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    person: Person, first_editor: int
) -> None:
    answer = person.submit("/editor/sign-in", "sign-in", address=ADDRESS, password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" in cookie


def test_pages_are_not_kept_by_caches(editor: Person) -> None:
    assert editor.client.get("/editor/").headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_changes_nothing(editor: Person) -> None:
    answer = editor.client.post("/editor/editors/", data={"address": "eve@example.org"})
    assert answer.status_code == 400
    assert "eve@example.org" not in editor.get("/editor/editors/")


def test_another_editor_is_added_and_listed(editor: Person) -> None:
    editor.submit(
        "/editor/editors/", address="ben@example.org", name="Ben", current=PASSWORD, status=303
    )
    assert "ben@example.org" in editor.get("/editor/editors/")
    again = editor.submit(
        "/editor/editors/", address="BEN@example.org", name="Ben", current=PASSWORD, status=400
    )
    assert "already" in again.text


def test_guessing_passwords_is_slowed_down(person: Person, first_editor: int) -> None:
    fields = {**person.fields("/editor/sign-in", "sign-in"), "address": ADDRESS}
    target = fields.pop("__target__")
    answers = [
        person.client.post(target, data={**fields, "password": f"guess {guess}"}).status_code
        for guess in range(11)
    ]
    assert answers == [400] * 10 + [429]


def sign_in_by_link(context: Context, person: Person) -> None:
    (outbox_id,) = request_sign_in_link(context, ADDRESS)
    with context.database.read() as session:
        row = session.get_one(OutboxMessage, outbox_id)
        user = session.get_one(User, row.user_id)
    person.submit(urlsplit(sign_in_link(context, user)).path, status=303)


def test_who_forgot_the_password_replaces_it_with_a_mailed_link(
    context: Context, person: Person, first_editor: int
) -> None:
    sign_in_by_link(context, person)
    assert "Forgot your password?" in words(person.get("/editor/"))
    assert "a new password doesn’t need it" in words(person.get("/editor/account"))
    person.submit("/editor/account", password="another good battery", status=303)
    person.submit("/editor/account", "sign-out", status=303)
    person.submit(
        "/editor/sign-in", "sign-in", address=ADDRESS, password="another good battery", status=303
    )


def test_a_link_replaces_the_password_once_and_only_for_a_while(
    context: Context, person: Person, first_editor: int
) -> None:
    sign_in_by_link(context, person)
    person.submit("/editor/account", password="another good battery", status=303)
    person.submit("/editor/account", password="and another battery", status=400)
    sign_in_by_link(context, person)
    with person.client.session_transaction() as session:
        session["link_used_at"] -= 3600
    person.submit("/editor/account", password="and another battery", status=400)


def test_a_link_alone_changes_no_address(
    context: Context, person: Person, first_editor: int
) -> None:
    sign_in_by_link(context, person)
    person.submit("/editor/account", address="eve@example.org", status=400)


def test_a_session_begun_with_a_password_still_asks_for_it(editor: Person) -> None:
    editor.submit("/editor/account", password="another good battery", status=400)


def test_where_no_mail_can_be_sent_no_link_is_promised(
    context: Context, editor: Person, first_editor: int
) -> None:
    with context.database.write() as session:
        session.execute(update(Newsletter).values(sender_address=""))
    invited = editor.submit(
        "/editor/editors/", "/editors/", address="ben@example.org", current=PASSWORD, status=400
    )
    assert "No newsletter has a sender address" in words(invited.text)
    assert "ben@example.org" not in editor.get("/editor/editors/")
    editor.submit("/editor/account", "sign-out", status=303)
    fields = editor.fields("/editor/sign-in", "sign-in")
    for address in (ADDRESS, "nobody@example.org"):
        asked = editor.client.post("/editor/sign-in/link", data={**fields, "address": address})
        assert asked.status_code == 503
        assert "No newsletter has a sender address" in words(asked.text)

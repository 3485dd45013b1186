"""Who guesses passwords is slowed down, and who has the right one is not kept out by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.store.models import OutboxMessage
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.sign_in_link import LINKS_AN_HOUR, sign_in_link
from tests.web.editor.conftest import ADDRESS, PASSWORD, Person

OPEN: dict[str, Any] = {
    "sign_in_limit": "1000 per hour",
    "sign_in_limit_network": "1000 per hour",
    "sign_in_limit_account": "1000 per hour",
    "sign_in_limit_overall": "1000 per hour",
}


def an_app(settings: Settings, **limits: str) -> Flask:
    return create_app(replace(settings, **{**OPEN, **limits}))


def attempt(app: Any, client_address: str, address: str = ADDRESS) -> int:
    """The status that a stranger's new browser is answered with."""
    return attempt_in(app.test_client(), client_address, address, "guess")


def attempt_in(client: Any, client_address: str, address: str, password: str) -> int:
    fields = Person(client).fields("/editor/sign-in", "sign-in")
    answer = client.post(
        fields.pop("__target__"),
        data={**fields, "address": address, "password": password},
        environ_base={"REMOTE_ADDR": client_address},
    )
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("neighbours", "stranger"),
    [
        (["192.0.2.1", "192.0.2.77", "192.0.2.254"], "192.0.3.1"),
        (["2001:db8::1", "2001:db8::ffff:0:1", "2001:db8::2"], "2001:db8:0:1::1"),
    ],
)
def test_a_network_has_one_allowance(
    settings: Settings, first_editor: int, neighbours: list[str], stranger: str
) -> None:
    app = an_app(settings, sign_in_limit_network="2 per hour")
    assert [attempt(app, one) for one in neighbours] == [400, 400, 429]
    assert attempt(app, stranger) == 400


def test_an_account_has_one_allowance_wherever_guesses_come_from(
    settings: Settings, first_editor: int
) -> None:
    app = an_app(settings, sign_in_limit_account="2 per hour")
    typed = [ADDRESS, ADDRESS.upper(), f" {ADDRESS}"]
    clients = ["192.0.2.1", "198.51.100.1", "203.0.113.1"]
    answers = [attempt(app, *one) for one in zip(clients, typed, strict=True)]
    assert answers == [400, 400, 429]
    assert attempt(app, "203.0.113.1", "other@example.org") == 400


def test_all_guesses_together_have_an_allowance(settings: Settings, first_editor: int) -> None:
    app = an_app(settings, sign_in_limit_overall="2 per hour")
    answers = [attempt(app, f"192.0.{n}.1", f"someone{n}@example.org") for n in range(3)]
    assert answers == [400, 400, 429]


def test_attempts_of_a_client_that_is_refused_count_against_nobody_else(
    settings: Settings, first_editor: int
) -> None:
    app = an_app(
        settings,
        sign_in_limit="1 per hour",
        sign_in_limit_account="3 per hour",
        sign_in_limit_overall="3 per hour",
    )
    assert [attempt(app, "192.0.2.1") for _ in range(9)] == [400] + [429] * 8
    assert attempt(app, "198.51.100.1") == 400


def test_guesses_of_others_keep_nobody_out_who_was_in_before(
    settings: Settings, first_editor: int
) -> None:
    app = an_app(settings, sign_in_limit_account="2 per hour", sign_in_limit_overall="9 per hour")
    mine = app.test_client()
    assert attempt_in(mine, "192.0.2.1", ADDRESS, PASSWORD) == 303
    answers = {attempt(app, f"198.51.{n}.1") for n in range(12)}
    assert 429 in answers
    mine.delete_cookie("newsletter_session")
    assert attempt_in(mine, "192.0.2.1", ADDRESS, PASSWORD) == 303


def test_guesses_of_others_keep_nobody_out_who_comes_with_a_new_browser_and_a_mailed_link(
    settings: Settings, context: Context, first_editor: int
) -> None:
    app = an_app(settings, sign_in_limit_account="2 per day", sign_in_limit_overall="9 per day")
    guesses = {attempt(app, f"198.51.{n}.1") for n in range(12)}
    asked = {ask_for_link(app, f"203.0.{n}.1") for n in range(12)}
    assert (429 in guesses, asked) == (True, {200})
    assert ask_for_link(app, "192.0.2.1") == 200
    with context.database.read() as session:
        mailed = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "sign-in")).all()
        link = sign_in_link(context, user_by_id(session, first_editor))
    assert 0 < len(mailed) <= LINKS_AN_HOUR, "and the mailbox is not flooded"
    person = Person(app.test_client())
    assert person.submit(link.removeprefix(settings.public_url)).status_code == 303


def ask_for_link(app: Any, client_address: str) -> int:
    person = Person(app.test_client())
    fields = person.fields("/editor/sign-in", "sign-in")
    answer = person.client.post(
        "/editor/sign-in/link",
        data={**fields, "address": ADDRESS},
        environ_base={"REMOTE_ADDR": client_address},
    )
    return int(answer.status_code)


def test_a_browser_known_to_one_account_is_a_stranger_to_another(
    settings: Settings, first_editor: int
) -> None:
    app = an_app(settings, sign_in_limit_account="2 per hour")
    mine = app.test_client()
    attempt_in(mine, "192.0.2.1", ADDRESS, PASSWORD)
    mine.delete_cookie("newsletter_session")
    answers = [attempt_in(mine, "192.0.2.1", "ben@example.org", "guess") for _ in range(3)]
    assert answers == [400, 400, 429]


def test_who_finds_an_open_browser_cannot_guess_its_password_for_long(
    settings: Settings, first_editor: int
) -> None:
    editor = Person(an_app(settings, sign_in_limit_account="3 per hour").test_client()).sign_in()
    wrong = {"name": "Ada", "address": "eve@example.org", "current": "guess"}
    assert editor.submit("/editor/account", **wrong).status_code == 400
    assert editor.submit("/editor/editors/", **wrong).status_code == 400
    assert editor.submit("/editor/account", **wrong).status_code == 400
    assert editor.submit("/editor/editors/", **wrong).status_code == 429
    assert editor.submit("/editor/account", **wrong).status_code == 429
    assert editor.client.get("/editor/account").status_code == 200


def test_an_editor_is_added_only_with_one_s_own_password(editor: Person) -> None:
    for given in ("", "guess"):
        answer = editor.submit("/editor/editors/", address="eve@example.org", current=given)
        assert answer.status_code == 400
        assert "Wrong current password" in answer.text
    assert "eve@example.org" not in editor.get("/editor/editors/")


def test_over_https_the_session_s_cookie_belongs_to_this_host_alone(settings: Settings) -> None:
    app = create_app(replace(settings, public_url="https://localhost"))
    answer = app.test_client().get("/editor/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-newsletter_session=")
    assert "Path=/" in cookie
    assert "Secure" in cookie
    assert "Domain" not in cookie

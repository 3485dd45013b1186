"""An editor at the keyboard: signed in, pressing the buttons that the pages have."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from newsletter.domain.staff.roles import Role
from newsletter.store.models import Newsletter
from newsletter.store.roles import give_role
from newsletter.store.staff import add_session
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in import Account, save_account, sign_in_with_link
from tests.support.builders import an_editor
from tests.support.principals import EDITOR

PASSWORD = "correct horse battery"
ADDRESS = "ada@example.org"


class FormReader(HTMLParser):
    """The forms of a page: where each goes, and what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append((values.get("action") or "", {}))
        elif tag == "textarea" and self.forms:
            self.area = values.get("name")
            self.forms[-1][1][self.area or ""] = ""
        elif tag == "input" and self.forms and values.get("type") not in ("radio", "file"):
            self.forms[-1][1][values.get("name") or ""] = values.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.forms[-1][1][self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area is not None:
            # A browser drops the line break that follows the tag.
            fields = self.forms[-1][1]
            fields[self.area] = fields[self.area].removeprefix("\n")
            self.area = None


class Person:
    """Sends a page's form back with some fields changed, token included, as a browser does."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url)
        assert answer.status_code == status, answer.text
        return answer.text

    def submit(
        self, page_url: str, form: str = "", status: int | None = None, **changed: Any
    ) -> Any:
        """`form` is a part of the form's address; without it, the form that posts to itself."""
        fields = self.fields(page_url, form)
        target = fields.pop("__target__") or page_url
        answer = self.client.post(target, data={**fields, **changed})
        if status is not None:
            assert answer.status_code == status, answer.text
        return answer

    def fields(self, page_url: str, form: str = "") -> dict[str, str]:
        reader = FormReader()
        reader.feed(self.get(page_url))
        wanted = [
            (target, fields)
            for target, fields in reader.forms
            if (form in target if form else target in ("", page_url))
        ]
        assert wanted, f"no form {form!r} on {page_url}: {[f[0] for f in reader.forms]}"
        return {"__target__": wanted[0][0], **wanted[0][1]}

    def sign_in(self) -> Person:
        self.submit("/editor/sign-in", "sign-in", address=ADDRESS, password=PASSWORD, status=303)
        return self


@pytest.fixture
def first_editor(context: Context) -> int:
    """The id of the only editor, who has a password, beside the first newsletter."""
    url = prepare_first_start(context).sign_in_url or ""
    editor = sign_in_with_link(context, url.rpartition("/")[2])
    return save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD)).id


def signed_in(app: Flask, context: Context, roles: Mapping[int, Role]) -> Person:
    """An editor with these roles, by newsletter id, who runs no server."""
    user = an_editor(context, password_hash="chosen")
    with context.database.write() as session:
        for newsletter_id, role in roles.items():
            give_role(session, newsletter_id, user.id, role, "Ada", context.now())
        key = add_session(session, user.id, datetime.now(UTC))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{user.id}.{key}"
    return Person(client)


@pytest.fixture
def person(client: Any) -> Person:
    return Person(client)


@pytest.fixture
def editor(person: Person, first_editor: int) -> Person:
    return person.sign_in()


def words(page: str) -> str:
    """What a reader of the page sees, roughly. A name that is isolated stays in its sentence."""
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?bdi>", "", page))
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def site(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(browser_page: Any, site: str, first_editor: int) -> Any:
    """Signed in; what the browser complains about is gathered in `page.complaints`."""
    browser_page.complaints = []
    browser_page.on("pageerror", lambda error: browser_page.complaints.append(str(error)))
    browser_page.on(
        "console",
        lambda message: (
            browser_page.complaints.append(message.text) if message.type == "error" else None
        ),
    )
    browser_page.goto(f"{site}/editor/sign-in")
    browser_page.get_by_label("Email address").fill(ADDRESS)
    browser_page.get_by_label("Password").fill(PASSWORD)
    browser_page.keyboard.press("Enter")
    browser_page.get_by_role("heading", name="Hello, Ada").wait_for()
    return browser_page


@pytest.fixture
def newsletter(context: Context, first_editor: int) -> Any:
    with context.database.write() as session:
        newsletter = session.get_one(Newsletter, show_newsletters(context, EDITOR)[0].id)
        newsletter.postal_address = "1 Garden Lane, 10115 Berlin"
        newsletter.undo_minutes = 0  # what is sent goes out at once
    return newsletter

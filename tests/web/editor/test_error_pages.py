"""What an editor sees when something fails: the frame stays, and leads back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import abort
from sqlalchemy.exc import OperationalError

from newsletter.domain.errors import Conflict, LimitReached
from newsletter.usecases.context import Context
from tests.support.builders import an_editor
from tests.web.editor.conftest import Person, words

STATUSES = (400, 403, 404, 405, 409, 413, 429, 500)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def broken(app: Any, context: Context) -> Any:
    """A site with pages that fail."""

    def fail(status: int) -> str:
        if status == 500:
            raise RuntimeError("not for the editor's eyes")
        if status == 503:
            raise OperationalError("select", {}, Exception("server secret.example"))
        abort(status)

    def busy() -> str:
        raise LimitReached("Too much at once.", retry_after_s=60)

    def changed() -> str:
        raise Conflict("Grace has saved this meanwhile.", advice="Look at it.")

    def taken() -> str:
        for _ in range(2):
            an_editor(context, address="cy@example.org")
        return ""

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/editor/fails/<int:status>", "fails", fail)
    app.add_url_rule("/editor/busy", "busy", busy)
    app.add_url_rule("/editor/changed", "changed", changed)
    app.add_url_rule("/editor/taken", "taken", taken)
    return app


@pytest.mark.parametrize("status", STATUSES)
def test_an_error_keeps_the_frame_and_leads_back(broken: Any, editor: Person, status: int) -> None:
    answer = editor.client.get(
        f"/editor/fails/{status}", headers={"Referer": "http://localhost/editor/editors/"}
    )
    assert answer.status_code == status
    assert 'aria-label="Server"' in answer.text, "the sidebar"
    assert '<a class="button" href="/editor/editors/">Back</a>' in answer.text
    assert "not for the editor" not in answer.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/editor/", "http://localhost/n/news"])
def test_an_error_never_leads_out_of_the_editors_pages(editor: Person, elsewhere: str) -> None:
    page = editor.client.get("/editor/nothing", headers={"Referer": elsewhere})
    assert elsewhere not in page.text
    assert "Home" in words(page.text)


@pytest.mark.parametrize("status", [*STATUSES, 503])
def test_a_script_gets_the_words_of_an_error_as_json(
    broken: Any, editor: Person, status: int
) -> None:
    answer = editor.client.get(f"/editor/fails/{status}", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert answer.json["message"]
    assert answer.json["advice"]
    assert "secret" not in answer.text


def test_our_own_words_are_told_with_their_advice(broken: Any, editor: Person) -> None:
    assert "Grace has saved this meanwhile. Look at it." in words(
        editor.get("/editor/changed", 409)
    )
    assert editor.client.get("/editor/busy").headers["Retry-After"] == "60"


def test_who_stores_the_same_a_moment_later_is_told_that_it_is_there(
    broken: Any, editor: Person
) -> None:
    assert "Someone else changed this" in words(editor.get("/editor/taken", 409))


def test_a_form_of_an_older_session_says_so_inside_the_frame(editor: Person) -> None:
    answer = editor.client.post("/editor/doctor/", data={"csrf_token": "of an older session"})
    assert answer.status_code == 400
    assert 'aria-label="Server"' in answer.text


def test_a_script_whose_session_has_ended_is_told_and_not_sent_to_a_form(person: Person) -> None:
    answer = person.client.get("/editor/", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json["message"] == "Your session has ended."


def test_strangers_and_a_lost_database_get_the_plain_page(
    broken: Any, client: Any, editor: Person
) -> None:
    assert 'aria-label="Server"' not in editor.get("/editor/fails/503", 503)
    assert 'aria-label="Server"' not in editor.get("/nothing", 404), "the same for all"
    client.delete_cookie("newsletter_session")
    assert 'aria-label="Server"' not in editor.get("/editor/nothing", 404)

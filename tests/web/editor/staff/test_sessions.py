"""An editor sees where they are signed in, and signs out other browsers."""

from __future__ import annotations

from flask import Flask

from tests.web.editor.conftest import Person, words

ACCOUNT = "/editor/account"


def test_other_browsers_are_listed_and_signed_out_one_by_one_or_all(
    app: Flask, editor: Person
) -> None:
    second, third = (_with_firefox(app).sign_in() for _ in range(2))
    page = words(editor.get(ACCOUNT))
    assert (page.count("This browser"), page.count("Firefox on Linux 192.0.2.7")) == (1, 2)
    editor.submit(ACCOUNT, "/account/sessions/", status=303)
    assert words(editor.get(ACCOUNT)).count("Firefox on Linux 192.0.2.7") == 1
    token = editor.fields(ACCOUNT)["csrf_token"]
    editor.client.post(f"{ACCOUNT}/sessions", data={"csrf_token": token})
    third.get("/editor/", status=303)
    second.get("/editor/", status=303)
    editor.get("/editor/")


def _with_firefox(app: Flask) -> Person:
    client = app.test_client()
    client.environ_base |= {
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "REMOTE_ADDR": "192.0.2.7",
    }
    return Person(client)

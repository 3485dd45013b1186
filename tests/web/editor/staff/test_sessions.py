"""An editor sees where they are signed in, and signs out other browsers."""

from __future__ import annotations

from flask import Flask

from tests.web.editor.conftest import Person, words

ACCOUNT = "/editor/account"


def test_other_browsers_are_listed_and_signed_out_one_by_one_or_all(
    app: Flask, editor: Person
) -> None:
    second, third = (Person(app.test_client()).sign_in() for _ in range(2))
    page = words(editor.get(ACCOUNT))
    assert (page.count("This browser"), page.count("Another browser")) == (1, 2)
    editor.submit(ACCOUNT, "/account/sessions/", status=303)
    assert words(editor.get(ACCOUNT)).count("Another browser") == 1
    token = editor.fields(ACCOUNT)["csrf_token"]
    editor.client.post(f"{ACCOUNT}/sessions", data={"csrf_token": token})
    third.get("/editor/", status=303)
    second.get("/editor/", status=303)
    editor.get("/editor/")

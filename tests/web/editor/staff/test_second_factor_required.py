"""A newsletter that requires a second factor: who has none is led to set one up before all else."""

from __future__ import annotations

import pytest
from flask import Flask

from newsletter.domain.errors import Conflict, SecondFactorRequired
from newsletter.domain.staff.roles import Role
from newsletter.store.events import history_of
from newsletter.store.models import AppSecret, Newsletter, Passkey
from newsletter.store.newsletters import newsletter_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.factor_required import make_factor_required
from newsletter.usecases.staff.sessions import find_signed_in
from tests.support.builders import a_newsletter, an_issue
from tests.web.conftest import KINDS
from tests.web.editor.conftest import Person, signed_in, words

FACTOR = "/editor/account/second-factor"


@pytest.fixture
def open_one(context: Context) -> Newsletter:
    return a_newsletter(context, slug="open")


@pytest.fixture
def closed_one(context: Context, open_one: Newsletter) -> Newsletter:
    newsletter = a_newsletter(context, slug="closed")
    with context.database.write() as session:
        newsletter_by_id(session, newsletter.id).second_factor_since = context.now()
    return newsletter


def set_up_an_app(context: Context, person: Person) -> None:
    with context.database.write() as session:
        session.add(
            AppSecret(user_id=editor_in(context, person).id, sealed="", added_at=context.now())
        )


def editor_in(context: Context, person: Person) -> Editor:
    with person.client.session_transaction() as cookie:
        user_id, _, key = cookie["_user_id"].partition(".")
    found = find_signed_in(context, int(user_id), key)
    assert found
    return found


def test_who_has_none_is_led_to_set_one_up_on_pages_and_told_so_in_json(
    app: Flask, context: Context, open_one: Newsletter, closed_one: Newsletter
) -> None:
    issue = f"/editor/issues/{an_issue(context, closed_one).id}"
    roles = {open_one.id: Role.OWNER, closed_one.id: Role.OWNER}
    person = signed_in(app, context, roles)
    for page in ("/editor/newsletters/closed", "/editor/newsletters/closed/people", issue):
        assert person.client.get(page).location == FACTOR
    app.config["WTF_CSRF_ENABLED"] = False
    for path, method in (("state", "GET"), ("things", "POST"), ("things/issue", "PATCH")):
        answer = person.client.open(f"{issue}/{path}", method=method, json={})
        assert answer.status_code == 403
        assert answer.json["error"] == "second-factor-required"
    assert "This newsletter requires a second factor" in words(person.get(FACTOR))
    person.get("/editor/newsletters/open/people")
    assert "requires a second factor" in words(person.get("/editor/"))
    with pytest.raises(SecondFactorRequired):
        open_issue(context, int(issue.rpartition("/")[2]), editor_in(context, person).principal)
    set_up_an_app(context, person)
    person.get(issue)


def test_who_removes_the_last_one_is_told_first_what_it_closes(
    app: Flask, context: Context, open_one: Newsletter, closed_one: Newsletter
) -> None:
    person = signed_in(app, context, {open_one.id: Role.OWNER, closed_one.id: Role.VIEWER})
    set_up_an_app(context, person)
    told = f"This is your last one, and {closed_one.name} requires a second factor."
    assert told in words(person.get(FACTOR))
    with context.database.write() as session:
        session.add(
            Passkey(
                user_id=editor_in(context, person).id,
                credential_id="key",
                public_key="key",
                sign_count=0,
                name="Phone",
                added_at=context.now(),
            )
        )
    assert "last one" not in words(person.get(FACTOR))


@pytest.mark.parametrize("database_kind", KINDS, indirect=True)
def test_who_works_on_that_one_alone_and_administrators_are_led_there_too(
    app: Flask, context: Context, editor: Person, closed_one: Newsletter
) -> None:
    for person in (signed_in(app, context, {closed_one.id: Role.VIEWER}), editor):
        assert person.client.get("/editor/newsletters/closed").location == FACTOR
        assert "Set one up" in words(person.get("/editor/"))
        with pytest.raises(SecondFactorRequired):
            show_newsletters(context, editor_in(context, person).principal)
    assert editor.client.get("/editor/audit").location == FACTOR
    editor.get("/editor/account")


def test_an_owner_requires_it_once_they_have_one_and_stops_with_their_password(
    app: Flask, context: Context, open_one: Newsletter
) -> None:
    person = signed_in(app, context, {open_one.id: Role.OWNER})
    page = "/editor/newsletters/open/people"
    refused = person.submit(page, "second-factor", status=409)
    assert "You have no second factor yourself" in words(refused.text)
    with pytest.raises(Conflict):
        make_factor_required(context, "open", editor_in(context, person).principal)
    set_up_an_app(context, person)
    person.submit(page, "second-factor", status=303)
    assert "Required since" in words(person.get(page))
    person.submit(page, "second-factor/stop", status=400, stop="a guess")
    assert "Required since" in words(person.get(page))
    with context.database.read() as session:
        last = history_of(session, "newsletter", open_one.id)[0]
    assert last.sentence.startswith("Required a second factor")

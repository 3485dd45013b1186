"""Every page asks for a permission: who has none is refused, and learns of no newsletter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from newsletter.domain.errors import Forbidden, NotFound
from newsletter.domain.staff.permissions import PERMISSIONS, is_allowed
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import ROLE_SCOPES, Role
from newsletter.usecases.context import Context
from newsletter.web.editor.staff.doors import ANYONE, DOORS, SERVER_DOORS, require_for_page
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.web.editor.conftest import Person, signed_in

PUBLIC = {
    "editor_invitations",
    "editor_passkeys",
    "editor_password",
    "editor_second_step",
    "editor_session",
    "editor_sign_in",
}
"""Blueprints for who is not signed in yet, or only asks about themselves."""


FOR_ALL = {"subscribers.act", "suppressions.add", "suppressions.import_list"}
"""Without the choice of one newsletter these are about all of them, and refused for that."""


@dataclass(frozen=True)
class Door:
    endpoint: str
    method: str
    url: str


def editor_rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/editor") and rule.endpoint.split(".")[0] not in PUBLIC:
            yield rule


def doors(app: Flask, **about: Any) -> list[Door]:
    known = {**about, "filename": "editor.css", "action": "suppress"}
    urls = app.url_map.bind("")
    return [
        Door(rule.endpoint, method, urls.build(rule.endpoint, values, method))
        for rule in editor_rules(app)
        for values in [{name: known.get(name, 1) for name in rule.arguments}]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def opened(person: Person, door: Door) -> int:
    return int(person.client.open(door.url, method=door.method).status_code)


@pytest.fixture
def all_doors(app: Flask, context: Context) -> list[Door]:
    """Of an issue in a newsletter with one subscriber."""
    app.config["WTF_CSRF_ENABLED"] = False
    profile = a_newsletter(context)
    issue = an_issue(context, profile)
    subscriber_id = a_subscriber(context, profile).subscriber_id
    found = doors(app, slug=profile.slug, issue_id=issue.id, subscriber_id=subscriber_id)
    return sorted(found, key=lambda door: door.endpoint == "editor_people.leave")


def test_the_table_names_every_page_and_no_other(app: Flask) -> None:
    pages = {rule.endpoint for rule in editor_rules(app)}
    assert pages == ANYONE | set(DOORS) | set(SERVER_DOORS)
    assert {*DOORS.values(), *SERVER_DOORS.values()} <= set(PERMISSIONS)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR, Role.EDITOR])
def test_what_a_role_may_not_do_is_refused_at_every_page(
    app: Flask, context: Context, all_doors: list[Door], role: Role
) -> None:
    person = signed_in(app, context, {1: role})
    allowed = {
        one for one, name in DOORS.items() if PERMISSIONS[name] in ROLE_SCOPES[role]
    } | ANYONE
    statuses = {(door.endpoint, opened(person, door)) for door in all_doors}
    refused = {endpoint for endpoint, status in statuses if status == 403}
    assert refused - FOR_ALL == {door.endpoint for door in all_doors} - allowed - FOR_ALL


def test_each_door_is_open_to_whom_its_use_case_allows(
    app: Flask, context: Context, all_doors: list[Door]
) -> None:
    """Without the page behind it: a row for each role and door costs little."""
    people = {str(role): Principal.editor(7, "ben", {1: role}) for role in Role}
    people |= {"no role": Principal.editor(7, "ben", {})}
    people |= {"administrator": Principal.administrator(7, "ben")}
    for door in all_doors:
        with app.test_request_context(door.url, method=door.method):
            opened_to = {who for who, principal in people.items() if enters(context, principal)}
        assert opened_to == {who for who, one in people.items() if may_enter(one, door)}, door


def enters(context: Context, principal: Principal) -> bool:
    try:
        require_for_page(context, principal)
    except (Forbidden, NotFound):
        return False
    return True


def may_enter(principal: Principal, door: Door) -> bool:
    if door.endpoint in SERVER_DOORS:
        return is_allowed(principal, SERVER_DOORS[door.endpoint])
    return door.endpoint in ANYONE or is_allowed(principal, DOORS[door.endpoint], 1)


def test_another_newsletter_is_as_one_that_does_not_exist(
    app: Flask, context: Context, all_doors: list[Door]
) -> None:
    elsewhere = a_newsletter(context, slug="elsewhere")
    person = signed_in(app, context, {elsewhere.id: Role.OWNER})
    missing = doors(app, slug="nothing", issue_id=10**6, subscriber_id=10**6)
    missing.sort(key=lambda door: door.endpoint == "editor_people.leave")
    for door, nothing in zip(all_doors, missing, strict=True):
        if door.endpoint in SERVER_DOORS:
            assert opened(person, door) == 403, door
        elif door.url != nothing.url:
            assert opened(person, door) == opened(person, nothing) == 404, door

"""Finding a page, an issue, a subscriber or an action: as a page, and for the command palette."""

from __future__ import annotations

import pytest

from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.find_anything import find_anything
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words

ASKS = {"Accept": "application/json"}


def found(editor: Person, text: str) -> list[str]:
    answer = editor.client.get("/editor/find", query_string={"q": text}, headers=ASKS)
    return [item["label"] for item in answer.json["items"]]


def test_issues_are_found_by_title_and_number_and_subscribers_by_their_address(
    context: Context, editor: Person
) -> None:
    newsletter = show_newsletters(context, EDITOR)[0]
    an_issue(context, newsletter, title="Größe and 100% of it", number=41)
    a_subscriber(context, newsletter, address="grace@example.org")
    assert "Edit #41 Größe and 100% of it" in found(editor, "100% OF")
    assert "Send a test of #41 Größe and 100% of it" in found(editor, "#41")
    assert found(editor, "Grace@Example.org") == ["grace@example.org"]
    assert found(editor, "grace") == found(editor, "_%") == []


def test_places_and_actions_are_offered_before_anything_is_typed(editor: Person) -> None:
    items = editor.client.get("/editor/find?at=news", headers=ASKS).json["items"]
    offered = {item["label"]: item["url"] for item in items}
    assert offered["New issue"] == "/editor/newsletters/news/issues/new"
    assert offered["Doctor"] == "/editor/doctor/"


def test_without_a_script_it_is_a_page(context: Context, editor: Person) -> None:
    an_issue(context, show_newsletters(context, EDITOR)[0], title="Slow tools")
    page = words(editor.get("/editor/find?q=slow+tools"))
    assert "Slow tools" in page
    assert "Add a subscriber" in words(editor.get("/editor/find?q=subscriber"))
    assert "Nothing found" in words(editor.get("/editor/find?q=zzz"))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nobody_finds_what_they_may_not_see(context: Context) -> None:
    ours, theirs = a_newsletter(context), a_newsletter(context)
    an_issue(context, ours, title="The same title")
    an_issue(context, theirs, title="The same title")
    a_subscriber(context, ours, address="grace@example.org")
    a_subscriber(context, theirs, address="grace@example.org")
    author = Principal.editor(1, "Ben", {ours.id: Role.VIEWER})
    seen = find_anything(context, "the same", author)
    assert [one.newsletter for one in seen.issues] == [ours.name]
    addressed = find_anything(context, "grace@example.org", author)
    assert all(one.slug == ours.slug for one in addressed.subscribers)

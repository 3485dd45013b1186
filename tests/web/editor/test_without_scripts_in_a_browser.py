"""What an editor does in a week, in a browser that runs no scripts."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.usecases.context import Context
from tests.support.builders import a_subscriber
from tests.support.ledgers import a_sent_issue
from tests.web.editor.conftest import ADDRESS, PASSWORD

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def page(browser: Any, site: str, first_editor: int) -> Any:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/editor/sign-in")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Hello, Ada").wait_for()
    yield page
    page.context.close()


def test_an_issue_is_written_tried_planned_and_read_about_without_scripts(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    for name in ("ann", "bo"):
        a_subscriber(context, newsletter, address=f"{name}@x.example", tags=[name])
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter, number=1)
    page.goto(f"{site}/editor/newsletters/news/issues/new")
    page.get_by_role("button", name="Start empty").click()
    write_two_entries(page)
    swap_them(page)
    try_it(page)
    plan_and_undo(page)
    tag_ann(page, f"{site}/editor/newsletters/news/subscribers")
    page.goto(f"{site}/editor/issues/{sent.issue_id}/send")
    assert page.get_by_role("row", name="Accepted by the relay").inner_text().split()[-1] == "1"


def write_two_entries(page: Any) -> None:
    page.get_by_label("Title", exact=True).first.fill("By hand")
    page.get_by_label("Subject line").fill("By hand")
    for title in ("First", "Second"):
        page.get_by_role("button", name="Add an entry").click()
        entry = page.locator(".entry[open]").last
        entry.get_by_label("Title").fill(title)
        entry.get_by_label("Link").fill(f"{title.lower()}.example.org")
    save(page)
    assert titles(page) == ["First", "Second"]


def swap_them(page: Any) -> None:
    entry = page.locator(".entry").first
    entry.locator("summary").first.click()
    entry.get_by_role("button", name="Move entry 1 down").click()
    assert titles(page) == ["Second", "First"]
    save(page)
    assert titles(page) == ["Second", "First"]


def try_it(page: Any) -> None:
    page.get_by_role("button", name="Save and preview").click()
    mail = page.frame_locator("iframe").first
    mail.get_by_role("link", name="Second").first.wait_for()
    page.get_by_role("button", name="Send test").click()
    page.get_by_text("A test is on its way to").wait_for()


def plan_and_undo(page: Any) -> None:
    page.get_by_role("link", name="Send …").click()
    page.get_by_role("button", name="Tomorrow 9:00").click()
    page.get_by_text("You can edit it until then.").wait_for()
    page.get_by_role("button", name="Unschedule").click()
    page.get_by_text("The issue is a draft again.").first.wait_for()


def tag_ann(page: Any, subscribers: str) -> None:
    page.goto(subscribers)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("With the tag", exact=True).fill("ann")
    page.get_by_role("button", name="Add filter").click()
    page.get_by_text("1 found").wait_for()
    page.get_by_label("Choose ann@x.example").check()
    page.get_by_label("Tag or reason").fill("friend")
    page.get_by_role("button", name="Continue…").click()
    page.get_by_role("button", name="Add the tag").click()
    page.get_by_text("Done. Looked at 1, changed 1.").wait_for()
    page.goto(f"{subscribers}?tag=friend")
    page.get_by_text("1 found").wait_for()


def save(page: Any) -> None:
    page.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").first.wait_for()


def titles(page: Any) -> list[str]:
    return [str(one) for one in page.locator(".entry-title").all_inner_texts()]

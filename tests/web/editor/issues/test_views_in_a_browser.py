"""The checks and the views in a real browser: by keyboard, without scripts, without a network."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.axe import serious_findings
from tests.support.builders import an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import EDITOR, by

# The browser's part is tried here. Tests beside this one ask both databases for these pages.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def issue_id(context: Context, newsletter: Any) -> int:
    issue_id = an_issue(context, newsletter, number=1).id
    entries = (
        an_entry("With a picture", body="![A cat](https://pictures.invalid/cat.png)"),
        an_entry("With a slip", body="Dear {{ nmae }}, see [here](https://example.org/)"),
    )
    save_issue(context, issue_id, written(*entries, number=1), 1, by("ada"))
    return issue_id


def pages(issue_id: int) -> list[str]:
    views = ("both", "phone", "dark", "pictures-off", "text", "unstyled")
    return [
        f"issues/{issue_id}",
        f"issues/{issue_id}/checks",
        f"issues/{issue_id}/send",
        *(f"issues/{issue_id}/preview?view={view}" for view in views),
    ]


def test_the_views_are_switched_by_keyboard(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    page.goto(f"{site}/editor/issues/{issue_id}/preview")
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Phone and").focus()
    for heading in ("desktop", "phone", "dark"):
        del heading
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=dark*")
    frame = page.frame_locator("iframe[title='The email: dark']")
    title = frame.get_by_role("heading", name="With a picture")
    title.wait_for()
    colour = frame.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    assert colour == "rgb(15, 18, 22)"


def test_no_view_loads_anything_until_pictures_are_asked_for(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in pages(issue_id):
        page.goto(f"{site}/editor/{path}")
        page.wait_for_load_state("networkidle")
    assert not [url for url in asked if not url.startswith(site)]
    page.goto(f"{site}/editor/issues/{issue_id}/preview?view=desktop")
    page.get_by_role("link", name="Show pictures").click()
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith(site)] == [
        "https://pictures.invalid/cat.png"
    ]


def test_all_of_it_works_without_scripts(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    plain = page.context.browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    ).new_page()
    plain.goto(f"{site}/editor/issues/{issue_id}")
    plain.get_by_role("link", name="Check the saved issue").click()
    plain.get_by_text("is not a known field").first.wait_for()
    plain.get_by_label("Reason for the override").fill("The braces are meant")
    plain.get_by_role("button", name="Override").click()
    plain.get_by_text("Ready to send").wait_for()
    plain.goto(f"{site}/editor/issues/{issue_id}/preview")
    plain.get_by_role("link", name="Without styles").click()
    frame = plain.frame_locator("iframe[title='The email: without styles']")
    frame.get_by_role("heading", name="With a picture").wait_for()


def test_the_findings_come_to_the_page_of_writing_and_lead_to_their_field(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.get_by_text("is not a known field").first.wait_for()
    page.get_by_role("link", name="Entry 2, “With a slip”").first.click()
    second = open_issue(context, issue_id, EDITOR).content.entry_names[1]
    page.wait_for_function(f"document.activeElement?.id === '{second}-body'")
    assert page.complaints == []


def test_no_page_is_wider_than_a_phone(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    for path in pages(issue_id):
        page.goto(f"{site}/editor/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_axe_finds_nothing_serious(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    for path in pages(issue_id):
        page.goto(f"{site}/editor/{path}")
        page.wait_for_load_state("networkidle")
        assert serious_findings(page) == [], path

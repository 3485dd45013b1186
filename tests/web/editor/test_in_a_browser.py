"""The editor's journey in a real browser, at desktop and at phone width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.archives import BUTTONDOWN, zip_of
from tests.support.axe import serious_findings
from tests.support.builders import an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import ADDRESS, PASSWORD

# The browser's part is tried here. Tests beside this one ask both databases for these pages.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

DIGEST = """Weekly links

A tool for slow days

example.org

It waits, and so do you.
"""


def test_a_digest_is_pasted_changed_previewed_and_scheduled(
    context: Context, page: Any, newsletter: Any
) -> None:
    page.get_by_role("link", name="New issue").click()
    page.get_by_label("Your digest").fill(DIGEST)
    page.get_by_role("button", name="Create issue").click()
    text, mail = (page.locator(pane).bounding_box() for pane in (".writing", ".beside"))
    assert text["y"] == mail["y"], "the mail begins where its text does"
    page.locator("summary").get_by_text("A tool for slow days").click()
    page.get_by_label("Text, in Markdown").fill("It waits **retry_while_database_is_down**.")
    page.get_by_role("button", name="Add an entry").first.click()
    page.wait_for_function(IN_A_NEW_TITLE)
    page.keyboard.type("Written by hand")
    page.get_by_role("button", name="Save and preview").click()
    phone = page.frame_locator("iframe[title='The email on a phone']")
    phone.get_by_role("heading", name="Written by hand").wait_for()
    assert phone.locator("strong", has_text="retry_while_database_is_down").is_visible()
    page.get_by_role("link", name="Send …").click()
    page.get_by_label("Date and time").fill("2099-07-06T09:00")
    page.get_by_role("button", name="Schedule").click()
    page.get_by_text("Goes out on Mon 6 Jul 2099, 09:00").wait_for()
    assert page.complaints == []


FOCUSED = "document.activeElement?.id"
IS_FOCUSED = "wanted => document.activeElement?.id === wanted"
IN_A_NEW_TITLE = """() => /^entry-\\d+-title$/.test(document.activeElement?.id)
    && !document.activeElement.value"""


def entry_names(context: Context, issue_id: int) -> tuple[str, ...]:
    return open_issue(context, issue_id, EDITOR).content.entry_names


@pytest.mark.parametrize("width", [1280, 390])
def test_a_button_that_moves_an_entry_keeps_the_focus_and_the_entry_in_view(
    context: Context, page: Any, site: str, newsletter: Any, width: int
) -> None:
    issue_id = an_issue(context, newsletter, entries=18).id
    names = entry_names(context, issue_id)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.locator(f"#{names[14]} > summary").click()
    page.get_by_role("button", name="Move entry 15 down").click()
    page.get_by_role("button", name="Move entry 16 down").wait_for()
    assert page.evaluate(FOCUSED) == f"{names[14]}-down"
    assert page.locator("details.entry[open]").evaluate_all("all => all.map(e => e.id)") == [
        names[14]
    ], "and no other entry opens"
    assert is_in_view(page, f"#{names[14]}-down")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move entry 17 down").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move entry 18 down").wait_for()
    assert page.evaluate(FOCUSED) == f"{names[14]}-up", "the last entry goes up only"
    assert page.complaints == []


@pytest.mark.parametrize("key", ["Control+s", "Enter"])
def test_saving_with_a_key_comes_back_to_the_field_that_was_typed_in(
    context: Context, page: Any, site: str, newsletter: Any, key: str
) -> None:
    issue_id = an_issue(context, newsletter, entries=18).id
    name = entry_names(context, issue_id)[14]
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.locator(f"#{name} > summary").click()
    page.locator(f"#{name}-url").fill("https://example.org/changed")
    before = page.evaluate("scrollY")
    assert before > 0
    page.keyboard.press(key)
    page.locator(".save-bar").get_by_text("Saved", exact=True).wait_for()
    page.wait_for_function(IS_FOCUSED, arg=f"{name}-url")
    assert is_in_view(page, f"#{name}-url")
    assert page.evaluate("scrollY") > 0
    assert page.complaints == []


def test_a_new_entry_is_found_again_after_saving_and_a_wrong_field_is_said_where_one_is(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    issue_id = an_issue(context, newsletter, entries=12).id
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.get_by_role("button", name="Add an entry").first.click()
    page.wait_for_function(IN_A_NEW_TITLE)
    page.keyboard.type("Written by hand")
    page.keyboard.press("Control+s")
    page.locator(".save-bar").get_by_text("Saved", exact=True).wait_for()
    name = entry_names(context, issue_id)[12]
    page.wait_for_function(IS_FOCUSED, arg=f"{name}-title")
    page.locator(f"#{name}-url").fill("no address")
    page.keyboard.press("Control+s")
    page.locator(".save-bar").get_by_text("Saved, except for").wait_for()
    page.wait_for_function(IS_FOCUSED, arg=f"{name}-url")
    assert is_in_view(page, f"#{name}-url-problem")


def test_what_was_typed_without_a_script_when_the_session_ended_is_saved_after_signing_in(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    issue_id = an_issue(context, newsletter, number=1).id
    plain = page.context.browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    ).new_page()
    plain.goto(f"{site}/editor/issues/{issue_id}")
    plain.get_by_label("Introduction").first.fill("An hour of work\n\nin two paragraphs")
    plain.context.clear_cookies(name="newsletter_session")
    plain.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()
    plain.get_by_text("What you typed is kept on this page.").wait_for()
    plain.get_by_label("Email address").fill(ADDRESS)
    plain.get_by_label("Password").fill(PASSWORD)
    plain.keyboard.press("Enter")
    plain.get_by_role("button", name="Submit it again").click()
    plain.get_by_text("Saved.").first.wait_for()
    saved = open_issue(context, issue_id, EDITOR).content
    assert saved.intro == "An hour of work\n\nin two paragraphs"


def is_in_view(page: Any, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    return bool(box and box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"])


def test_a_list_of_another_service_is_looked_over_answered_and_imported(
    context: Context, page: Any, site: str, newsletter: Any, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    file = tmp_path / "list.csv"
    rows = "Home,Work,Name,Status\nx@x.org,a@x.org,Jürgen,VIP\nx@x.org,b@x.org,Bo,unsubscribed\n"
    file.write_bytes(rows.encode("cp1252"))
    page.goto(f"{site}/editor/newsletters/news/subscribers/import")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_label("How did these people agree?").fill("They asked.")
    page.get_by_role("button", name="Check the file").click()
    assert page.get_by_label("Windows-1252").is_checked()
    page.get_by_text("a@x.org,Jürgen").wait_for()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Work").select_option("Email address")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("“VIP” in the column “Status”, 1 row").select_option("Subscribed")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("New: 1 subscribed, 1 unsubscribed.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("button", name="Import 2 of 2 rows").click()
    page.get_by_text("Imported: 2 new").wait_for()
    assert page.complaints == []


def test_past_issues_are_looked_over_and_imported(
    page: Any, site: str, newsletter: Any, tmp_path: Path
) -> None:
    file = tmp_path / "buttondown.zip"
    file.write_bytes(zip_of({**BUTTONDOWN, "emails/lost.md": "Lost."}).getvalue())
    page.goto(f"{site}/editor/newsletters/news/issues")
    page.get_by_role("link", name="Import past issues").click()
    assert serious_findings(page) == []
    page.get_by_label("Zip or file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("4 files: 3 would be imported, 1 refused.").wait_for()
    assert not page.get_by_text("Reading: ").first.is_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious_findings(page) == [], scheme
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("button", name="Import 3 issues").click()
    page.get_by_text("4 files: 3 imported, 1 refused.").wait_for()
    # Pictures of elsewhere are asked for, and get an empty answer here.
    page.route("https://**", lambda route: route.fulfill(status=204))
    page.get_by_role("link", name="Public archive").click()
    page.get_by_role("link", name="Winches").click()
    page.get_by_text("January 9, 2023").first.wait_for()
    assert page.complaints == []


def paste(page: Any, label: str, html: str, plain: str) -> None:
    """As a browser does it that has both on its clipboard."""
    page.get_by_label(label, exact=True).first.evaluate(
        """(box, [html, plain]) => {
            box.focus();
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/html", html);
            clipboardData.setData("text/plain", plain);
            const options = { clipboardData, bubbles: true, cancelable: true };
            if (box.dispatchEvent(new ClipboardEvent("paste", options))) {
              document.execCommand("insertText", false, plain);
            }
        }""",
        [html, plain],
    )


def test_rich_text_is_pasted_as_markdown_and_what_is_markdown_stays(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    rich = '<p>Read <a href="https://example.org/a">Ropes</a>, <b>now</b>.</p>'
    page.goto(f"{site}/editor/newsletters/news/issues/new")
    paste(page, "Your digest", rich, "Read Ropes, now.")
    box = page.get_by_label("Your digest")
    expected = "Read [Ropes](https://example.org/a), **now**."
    page.wait_for_function("box => box.value !== ''", arg=box.element_handle())
    assert box.input_value() == expected
    page.keyboard.press("Control+z")
    assert box.input_value() == ""
    paste(page, "Your digest", "<div><b>[a](https://a.b)</b></div>", "[a](https://a.b)")
    assert box.input_value() == "[a](https://a.b)"
    issue_id = an_issue(context, newsletter, entries=1).id
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.get_by_text("Entry number 1").click()
    body = page.get_by_label("Text, in Markdown").first
    body.fill("")
    paste(page, "Text, in Markdown", rich, "Read Ropes, now.")
    page.wait_for_function("box => box.value !== ''", arg=body.element_handle())
    assert body.input_value() == expected
    page.locator(".save-bar").get_by_text("Saved", exact=True).wait_for()
    deep = "<b>x</b>" + "<div>" * 3_000
    body.fill("")
    page.complaints.clear()
    paste(page, "Text, in Markdown", deep, "as plain text")
    page.wait_for_function("box => box.value !== ''", arg=body.element_handle())
    assert body.input_value() == "as plain text"
    page.get_by_role("alert").get_by_text("Only the plain text was pasted").wait_for()


def test_the_palette_goes_anywhere_by_keys_alone(
    context: Context, page: Any, newsletter: Any
) -> None:
    issue = an_issue(context, newsletter, title="Tools for slow days", number=41)
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    page.get_by_role("option", name="New issue").first.wait_for()
    assert serious_findings(page) == []
    box.fill("slow days")
    page.get_by_role("option", name="Edit #41 Tools for slow days").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.locator("[role=option][aria-selected=true]").get_by_text("Preview").is_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/editor/issues/{issue.id}")
    page.get_by_role("link", name="Find or do").click()
    box.fill("nwis")
    best = page.get_by_role("listbox", name="Found").get_by_role("option").first
    best.get_by_text("New issue").wait_for()
    page.keyboard.press("Escape")
    assert not box.is_visible()
    assert page.complaints == []


def test_the_frame_is_gone_through_by_keys_alone(page: Any, site: str, newsletter: Any) -> None:
    page.goto(f"{site}/editor/newsletters/news/issues")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'content'")
    button = page.get_by_role("button", name="Your account")
    button.focus()
    page.keyboard.press("Enter")
    for key, name in (
        ("ArrowDown", "Your account"),
        ("ArrowDown", "Where you are signed in"),
        ("ArrowUp", "Your account"),
        ("End", "Sign out"),
        ("ArrowDown", "Your account"),
    ):
        page.keyboard.press(key)
        page.wait_for_function(
            "name => document.activeElement.textContent.trim() === name", arg=name
        )
    page.keyboard.press("Escape")
    assert not page.locator("#person-menu").is_visible()
    assert button.evaluate("one => one === document.activeElement"), "the focus is back"
    assert button.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert page.complaints == []


def test_settings_lead_to_their_parts_and_are_saved_from_each(
    page: Any, site: str, newsletter: Any
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/editor/newsletters/news")
    parts = page.get_by_role("navigation", name="Parts of the settings")
    parts.get_by_role("link", name="Email design").click()
    sample = page.locator("iframe[data-sample]")
    sample.content_frame.get_by_text("The title of a link").wait_for()
    field, beside = page.get_by_label("Width", exact=True).bounding_box(), sample.bounding_box()
    assert field["x"] + field["width"] < beside["x"], "the sample is beside its fields"
    for one in (parts, page.get_by_role("button", name="Save", exact=True)):
        box = one.bounding_box()
        assert box["y"] > 0
        assert box["y"] + box["height"] < 800, "in view from anywhere"
    page.get_by_label("Width", exact=True).fill("640")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.", exact=True).wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_menu_opens_at_its_button_and_in_the_window(
    page: Any, site: str, newsletter: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/editor/newsletters/news/subscribers")
    for name, menu in (("More", "#more-about-subscribers"), ("Filter", "#add-filter")):
        button = page.locator("main").get_by_role("button", name=name, exact=True)
        button.click()
        at, opened = button.bounding_box(), page.locator(menu).bounding_box()
        assert 0 <= opened["y"] - at["y"] - at["height"] < 16
        assert opened["x"] >= 0
        assert opened["x"] + opened["width"] <= width
        last = page.locator(f"{menu} :is(a, button):visible").last.bounding_box()
        assert last["y"] + last["height"] <= opened["y"] + opened["height"]
        page.keyboard.press("Escape")

"""An issue is written with its mail beside it: journeys in a real browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import create_issue, save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.axe import serious_findings
from tests.support.pictures import drawn
from tests.support.principals import EDITOR

TITLES = {"Tools": ["Ropes", "Knots", "Winches"], "Words": ["Ahoy", "Aye"]}
FOCUSED = "document.activeElement?.id"


@pytest.fixture
def issue_id(context: Context, newsletter: Any) -> int:
    sections = tuple(
        SectionContent(
            title,
            tuple(
                EntryContent(one, f"https://example.org/{one}", (), f"Of {one}. " * 60)
                for one in titles
            ),
        )
        for title, titles in TITLES.items()
    )
    made = create_issue(context, newsletter.id, EDITOR)
    content = IssueContent("On boats", "Boats", "Two", "Hello.", 1, sections)
    save_issue(context, made, content, 1, EDITOR)
    return made


def outline(context: Context, issue_id: int) -> dict[str, list[str]]:
    sections = open_issue(context, issue_id, EDITOR).content.sections
    return {one.title: [entry.title for entry in one.entries] for one in sections}


def open_page(page: Any, site: str, issue_id: int) -> None:
    """Its script has begun when words are counted, and nothing moves any more once the checks are
    shown.
    """
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.locator("[data-counted]", has_text="words").wait_for()
    page.locator("[data-checks] details").wait_for()


def until(page: Any, found: Callable[[], Any], wanted: Any) -> None:
    """What the browser asks for is answered meanwhile."""
    for _ in range(100):
        if found() == wanted:
            return
        page.wait_for_timeout(50)
    assert found() == wanted


def until_saved(page: Any, context: Context, issue_id: int, wanted: dict[str, list[str]]) -> None:
    until(page, lambda: list(outline(context, issue_id).items()), list(wanted.items()))


def holding(page: Any, address: str) -> list[Any]:
    """The requests that wait to be let through."""
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route(address, hold)
    return held


def entry(page: Any, title: str) -> Any:
    return page.locator("details.entry").filter(has=page.locator(".entry-title", has_text=title))


def test_what_is_typed_shows_in_the_mail_and_the_two_lead_to_one_another(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, site, issue_id)
    mail = page.frame_locator("iframe[title='The email']")
    mail.get_by_role("link", name="Winches").first.wait_for()
    knots = page.locator(f"#{entry(page, 'Knots').get_attribute('id')}")
    knots.locator("> summary").click()
    body = knots.get_by_label("Text, in Markdown")
    body.fill("Tight, and *typed*.")
    mail.locator("em", has_text="typed").wait_for()
    assert knots.locator(".words").inner_text() == "4 words"
    knots.get_by_label("Title").fill("Bends")
    mail.get_by_role("heading", name="Bends").wait_for()
    mail.get_by_role("heading", name="Aye").click()
    page.wait_for_function("document.activeElement?.value === 'Aye'")
    assert entry(page, "Aye").get_attribute("open") is not None
    assert knots.get_attribute("open") is not None, "several are open at once"
    page.get_by_role("button", name="Text", exact=True).click()
    page.locator(".beside pre", has_text="Tight, and typed.").wait_for()
    page.get_by_role("button", name="Dark").click()
    mail.get_by_role("heading", name="Bends").wait_for()
    tools = [title.replace("Knots", "Bends") for title in TITLES["Tools"]]
    until_saved(page, context, issue_id, TITLES | {"Tools": tools})
    assert serious_findings(page) == []
    assert page.complaints == []


def test_entries_and_sections_are_moved_by_keyboard_and_keep_the_focus(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    open_page(page, site, issue_id)
    winches = entry(page, "Winches")
    winches.locator("> summary").focus()
    page.keyboard.press("Alt+ArrowUp")
    until_saved(page, context, issue_id, TITLES | {"Tools": ["Ropes", "Winches", "Knots"]})
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    moved = {"Tools": ["Ropes", "Knots"], "Words": ["Winches", "Ahoy", "Aye"]}
    until_saved(page, context, issue_id, moved)
    said = page.locator("[data-announce]").inner_text()
    assert said == "“Winches” is now entry 3 of 5 in “Words”."
    assert winches.locator("> summary").evaluate("one => one === document.activeElement")
    page.locator(".section-head [data-field=title]").nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    until_saved(page, context, issue_id, {"Words": moved["Words"], "Tools": moved["Tools"]})
    page.reload()
    assert page.locator(".entry-title").all_inner_texts() == [
        "Winches",
        "Ahoy",
        "Aye",
        "Ropes",
        "Knots",
    ]
    assert page.complaints == []


def middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("by", ["mouse", "finger"])
def test_an_entry_is_dragged_into_another_section(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
    by: str,
) -> None:
    page.set_viewport_size({"width": 1280 if by == "mouse" else 390, "height": 1400})
    open_page(page, site, issue_id)
    client = page.context.new_cdp_session(page)
    if by == "finger":  # before anything is measured: what is touched is larger
        client.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    x, y = middle(entry(page, "Ropes").locator(".grip").bounding_box())
    target = entry(page, "Aye").bounding_box()
    path = [(x, y + 12), (x, (y + target["y"]) / 2), (x, target["y"] + 2)]
    if by == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        for point in path:
            page.mouse.move(*point)
        page.mouse.up()
    else:

        def touch(kind: str, *points: tuple[float, float]) -> None:
            at = [{"x": px, "y": py} for px, py in points]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        touch("touchStart", (x, y))
        for point in path:
            touch("touchMove", point)
        touch("touchEnd")
    until_saved(
        page,
        context,
        issue_id,
        {"Tools": ["Knots", "Winches"], "Words": ["Ahoy", "Ropes", "Aye"]},
    )
    assert entry(page, "Ropes").get_attribute("open") is None, "dragging opens nothing"
    assert page.complaints == []


def test_entries_come_and_go_without_a_reload_and_come_back(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    open_page(page, site, issue_id)
    page.evaluate("document.documentElement.dataset.same = 'yes'")
    entry(page, "Knots").locator("> summary").click()
    page.get_by_role("button", name="Remove entry 2").click()
    until_saved(page, context, issue_id, TITLES | {"Tools": ["Ropes", "Winches"]})
    page.get_by_role("button", name="Undo").click()
    until_saved(page, context, issue_id, TITLES)
    entry(page, "Knots").locator("> summary:focus").press("Enter")
    page.get_by_role("button", name="Remove entry 2").press("Enter")
    undo = page.get_by_role("status").get_by_role("button", name="Undo")
    undo.wait_for()
    assert page.evaluate("document.activeElement.closest('details').id") == entry(
        page, "Winches"
    ).get_attribute("id")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    page.keyboard.press("Control+z")
    until_saved(page, context, issue_id, TITLES)
    second = page.locator("details.entry").nth(1)
    second.locator(".entry-title", has_text="Knots").wait_for(state="attached")
    page.get_by_role("button", name="Add an entry to Tools").click()
    page.wait_for_function(f"() => /^entry-\\d+-title$/.test({FOCUSED})")
    page.keyboard.type("Written by hand")
    page.frame_locator("iframe[title='The email']").get_by_role(
        "heading", name="Written by hand"
    ).wait_for()
    until_saved(page, context, issue_id, TITLES | {"Tools": [*TITLES["Tools"], "Written by hand"]})
    assert page.complaints == []


def test_a_new_entry_takes_what_is_typed_before_the_server_has_made_it(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    open_page(page, site, issue_id)
    held = holding(page, "**/things")
    entry(page, "Ropes").locator("> summary").focus()
    page.keyboard.press("Control+Enter")
    page.keyboard.type("Anchors")
    until(page, lambda: len(held), 1)
    held.pop().abort()
    page.get_by_role("button", name="Try again").click()
    until(page, lambda: len(held), 1)
    page.keyboard.press("Tab")
    page.keyboard.type("https://example.org/anc")
    held.pop().continue_()
    page.wait_for_function(f"() => /^entry-\\d+-url$/.test({FOCUSED})")
    page.keyboard.type("hors")
    titles = TITLES | {"Tools": ["Ropes", "Anchors", "Knots", "Winches"]}
    until_saved(page, context, issue_id, titles)

    def links() -> list[str]:
        content = open_issue(context, issue_id, EDITOR).content
        return [one.url for one in content.entries if one.title == "Anchors"]

    until(page, links, ["https://example.org/anchors"])


def test_markdown_is_written_with_keys_buttons_and_what_is_pasted(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    open_page(page, site, issue_id)
    intro = page.get_by_label("Introduction", exact=True)
    intro.fill("Read the ropes now")
    intro.evaluate("box => box.setSelectionRange(9, 14)")
    paste = """(box, [text, picture]) => {
        const clipboardData = new DataTransfer();
        if (text) clipboardData.setData("text/plain", text);
        if (picture) {
            const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
            clipboardData.items.add(new File([bytes], "sea.png", { type: "image/png" }));
        }
        const options = { clipboardData, bubbles: true, cancelable: true };
        box.dispatchEvent(new ClipboardEvent("paste", options));
    }"""
    intro.focus()
    page.get_by_role("toolbar", name="Formatting").wait_for()
    intro.evaluate("box => box.setSelectionRange(9, 14)")
    intro.evaluate(paste, ["https://example.org/ropes", ""])
    assert intro.input_value() == "Read the [ropes](https://example.org/ropes) now"
    page.keyboard.press("Control+z")
    assert intro.input_value() == "Read the ropes now"
    intro.evaluate("box => box.setSelectionRange(9, 14)")
    page.keyboard.press("Control+b")
    page.keyboard.press("Control+i")
    assert intro.input_value() == "Read the ***ropes*** now"
    page.get_by_role("toolbar", name="Formatting").get_by_role("button", name="List").click()
    assert intro.input_value() == "- Read the ***ropes*** now"
    intro.fill("")

    intro.evaluate(paste, ["", base64.b64encode(drawn()).decode()])
    page.wait_for_function(
        "box => /^!\\[.*\\]\\(http.*\\/media\\//.test(box.value)", arg=intro.element_handle()
    )
    assert page.complaints == []


def a_file(name: str, colour: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": drawn(colour=colour)}


def test_several_pictures_are_paragraphs_in_their_order_and_none_is_saved_before_it_is_there(
    context: Context,
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    def choose(*files: dict[str, Any]) -> None:
        with page.expect_file_chooser() as chosen:
            page.get_by_role("toolbar", name="Formatting").get_by_role(
                "button", name="Picture"
            ).click()
        chosen.value.set_files(list(files))
        page.get_by_text(f"Adding {files[0]['name']}").wait_for()

    def stored() -> str:
        return open_issue(context, issue_id, EDITOR).content.intro

    open_page(page, site, issue_id)
    held = holding(page, "**/pictures")
    intro = page.get_by_label("Introduction", exact=True)
    intro.click()
    page.keyboard.press("End")
    choose(a_file("sea.jpg", "teal"), a_file("land.jpg", "olive"))
    page.keyboard.type(" There is more.")
    until(page, stored, "Hello. There is more.")
    until(page, lambda: len(held), 1)
    counted = page.locator("[data-counted]").inner_text()
    held.pop().continue_()
    page.get_by_text("Adding land.jpg, 2 of 2…").wait_for()
    until(page, lambda: len(held), 1)
    held.pop().continue_()
    page.get_by_text("Adding land.jpg").wait_for(state="detached")
    picture = r"!\[\]\(http\S+/media/\w+\.jpg\)"
    written = intro.input_value()
    assert re.fullmatch(rf"Hello\.\n\n{picture}\n\n{picture}\n\n There is more\.", written)
    assert page.locator("[data-counted]").inner_text() == counted, "a picture is no word"
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert intro.input_value() == "Hello. There is more."
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Shift+z")
    assert intro.input_value() == written
    until(page, stored, written)

    choose(a_file("sky.jpg", "skyblue"))
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    until(page, stored, f"{written}!")
    page.reload()
    page.get_by_text("sky.jpg was still on its way when this page was left").wait_for()
    assert intro.input_value() == f"{written}!"
    # The mail looks for the pictures at the public address, where nobody serves them here.
    assert [one for one in page.complaints if "ERR_CONNECTION_REFUSED" not in one] == []


def test_on_a_phone_there_is_a_tab_for_the_text_and_one_for_the_mail(
    page: Any,
    site: str,
    issue_id: int,
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, site, issue_id)
    frame = page.locator("iframe[title='The email']")
    page.locator("[data-pane-tabs]").get_by_role("button", name="Preview").click()
    assert frame.is_visible()
    assert not page.get_by_label("Introduction", exact=True).is_visible()
    page.frame_locator("iframe[title='The email']").get_by_role("heading", name="Ahoy").click()
    page.wait_for_function("document.activeElement?.value === 'Ahoy'")
    assert not frame.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []

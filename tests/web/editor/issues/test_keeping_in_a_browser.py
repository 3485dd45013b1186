"""Nothing typed is lost: whatever goes wrong while somebody writes, every word is there after."""

# ruff: noqa: PLR0913, PLR0917  fixtures are arguments by their names

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from newsletter.domain.issues.issue import IssueContent, IssueState
from newsletter.domain.issues.issue_things import Kind, Thing
from newsletter.domain.staff.roles import Role
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.keep_things import remove_thing
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from newsletter.usecases.staff.add_editor import add_editor
from newsletter.usecases.staff.sessions import sign_out_everywhere
from newsletter.usecases.staff.sign_in import Account, save_account
from tests.support.axe import serious_findings
from tests.support.builders import an_issue
from tests.support.principals import EDITOR, by
from tests.support.services.inbound import environment_of
from tests.web.editor.conftest import ADDRESS, PASSWORD
from tests.web.editor.issues.written_page import (
    body,
    eventually,
    first_entry,
    opened,
    saved,
    status,
)

# The browser's part is tried here; test_keeping.py asks both databases.
pytestmark = [
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
    pytest.mark.timeout(120),
]

SITE = """
import sys
from newsletter.app import create_app
from newsletter.config import load_settings
from newsletter.runtime.web_process import serve
serve(create_app(load_settings()), int(sys.argv[1]))
"""


@pytest.fixture
def issue_id(context: Context, newsletter: Any) -> int:
    return an_issue(context, newsletter).id


@pytest.fixture
def writing(browser: Any, site: str, issue_id: int) -> Iterator[Any]:
    """The page of the issue, in a window of its own that can have more than one tab."""
    page = signed_in(browser, site, ADDRESS)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield opened(page, site, issue_id)
    for context in browser.contexts:
        context.close()


def content_of(context: Context, issue_id: int) -> IssueContent:
    return open_issue(context, issue_id, EDITOR).content


def test_what_is_typed_is_saved_by_itself_and_a_wrong_field_keeps_nothing_back(
    writing: Any, context: Context, issue_id: int
) -> None:
    writing.get_by_text("Last saved").wait_for()
    body(writing).fill("Typed, and nothing pressed.")
    saved(writing)
    assert not writing.get_by_text("Last saved").count(), "when it was opened"
    eventually(
        lambda: content_of(context, issue_id).entries[0].body == "Typed, and nothing pressed."
    )
    writing.get_by_label("Title", exact=True).first.fill("A better title")
    first_entry(writing).locator("[data-field=url]").fill("javascript:alert(1)")
    writing.get_by_text("the link must start with").wait_for()
    status(writing, "Saved, except for what is marked.")
    assert content_of(context, issue_id).title == "A better title"
    assert serious_findings(writing) == []
    assert writing.complaints == []


def test_entries_are_added_removed_and_brought_back_in_place(
    writing: Any, context: Context, issue_id: int
) -> None:
    body(writing).fill("Unsaved so far")
    writing.get_by_role("button", name="Add an entry").first.click()
    writing.locator("[data-field=title]:focus").wait_for()
    writing.keyboard.type("Written by hand")
    saved(writing)
    eventually(
        lambda: (
            [entry.title for entry in content_of(context, issue_id).entries][-1]
            == "Written by hand"
        )
    )
    assert content_of(context, issue_id).entries[0].body == "Unsaved so far"
    writing.once("dialog", lambda dialog: dialog.accept())
    entry = writing.locator("[data-kind=entry]").last
    entry.get_by_role("button", name="Remove").click()
    writing.get_by_text("“Written by hand” is removed.").wait_for()
    assert len(content_of(context, issue_id).entries) == 2
    writing.get_by_role("button", name="Undo").click()
    writing.locator("[data-kind=entry]").nth(2).wait_for()
    assert content_of(context, issue_id).entries[-1].title == "Written by hand"


def test_two_browsers_merge_different_entries_and_settle_the_same_one(
    writing: Any,
    browser: Any,
    site: str,
    context: Context,
    issue_id: int,
    first_editor: int,
) -> None:
    ben = an_account(context, "ben@example.org", "Ben <b>")
    other = signed_in(browser, site, ben)
    opened(other, site, issue_id)
    second = content_of(context, issue_id).entries[1].title
    other.locator("[data-kind=entry]").nth(1).evaluate("element => { element.open = true; }")
    other.locator("[data-kind=entry]").nth(1).locator("[data-field=body]").fill("Ben wrote this.")
    saved(other)
    body(writing).click()
    writing.get_by_text(f"Ben <b> is in “{second}”.").wait_for()
    theirs = writing.locator("[data-kind=entry]").nth(1).locator("[data-field=body]")
    eventually(lambda: theirs.input_value() == "Ben wrote this.")
    assert body(writing).evaluate("x => x === document.activeElement"), "the focus stays"
    writing.context.set_offline(True)
    body(writing).fill("Same\n\nAda's words")
    body(other).fill("Same\n\nBen's words")
    saved(other)
    writing.context.set_offline(False)
    dialog = writing.get_by_role("dialog", name="Two versions of this text")
    dialog.wait_for()
    assert serious_findings(writing) == []
    assert dialog.get_by_label("What will be saved").last.input_value()
    dialog.get_by_label("Both").last.check()
    dialog.get_by_role("button", name="Save this").click()
    eventually(
        lambda: (
            "Ben's words" in content_of(context, issue_id).entries[0].body
            and "Ada's words" in content_of(context, issue_id).entries[0].body
        )
    )
    assert content_of(context, issue_id).entries[1].body == "Ben wrote this."


def test_what_is_typed_offline_is_saved_when_the_network_is_back_or_the_page_opens_again(
    writing: Any,
    site: str,
    context: Context,
    issue_id: int,
) -> None:
    writing.context.set_offline(True)
    body(writing).fill("Typed in a tunnel.")
    status(writing, "Not saved: offline. Your text is kept in this browser.")
    writing.context.set_offline(False)
    saved(writing)
    assert content_of(context, issue_id).entries[0].body == "Typed in a tunnel."
    writing.context.set_offline(True)
    body(writing).fill("And the tab closed.")
    status(writing, "Not saved: offline")
    again = writing.context.new_page()
    writing.close()
    again.context.set_offline(False)
    opened(again, site, issue_id)
    again.get_by_text("Text that was not saved came back").wait_for()
    eventually(lambda: content_of(context, issue_id).entries[0].body == "And the tab closed.")


def test_a_tab_that_is_closed_at_once_loses_no_letter(
    writing: Any,
    site: str,
    context: Context,
    issue_id: int,
) -> None:
    again = writing.context.new_page()
    body(writing).fill("The last word")
    writing.close()
    opened(again, site, issue_id)
    eventually(lambda: content_of(context, issue_id).entries[0].body == "The last word")


def test_a_session_that_ended_elsewhere_is_begun_again_over_the_page(
    writing: Any, context: Context, issue_id: int, first_editor: int
) -> None:
    ben = an_account(context, "ben@example.org", "Ben")
    sign_out_everywhere(context, first_editor)
    body(writing).fill("Typed while signed out.")
    dialog = writing.get_by_role("dialog", name="You are signed out")
    dialog.wait_for()
    frame = writing.frame_locator("iframe[title='Sign in']")
    sign_in(frame, ben)
    dialog.get_by_text("You signed in as Ben").wait_for()
    assert content_of(context, issue_id).entries[0].body != "Typed while signed out."
    writing.context.clear_cookies()
    dialog.get_by_role("button", name="Not now").click()
    body(writing).press_sequentially("!")
    status(writing, "signed out")
    writing.keyboard.press("Control+s")
    sign_in(writing.frame_locator("iframe[title='Sign in']"), ADDRESS)
    saved(writing)
    assert "Typed while signed out." in content_of(context, issue_id).entries[0].body


def test_an_issue_that_was_sent_meanwhile_leaves_the_text_in_the_page(
    writing: Any,
    site: str,
    context: Context,
    issue_id: int,
) -> None:
    body(writing).click()
    # The page learns of it by what it saves, not by what it asks in between, which gets no answer.
    writing.route("**/state?*", lambda _: None)
    with context.database.write() as session:
        session.get_one(Issue, issue_id).state = IssueState.SENDING
    body(writing).fill("Too late.")
    writing.get_by_text("What you typed is kept in this browser").wait_for()
    status(writing, "Not saved")
    assert body(writing).input_value() == "Too late."
    assert not body(writing).is_editable(), "no field takes what can’t be saved"
    writing.get_by_role("button", name="See the issue").click()
    late = writing.get_by_role("region", name="This text came too late")
    late.get_by_text("Too late.").wait_for()
    late.get_by_role("button", name="Delete this text").click()
    late.wait_for(state="detached")


def test_a_paste_of_5_mb_is_refused_in_words_and_what_is_left_of_it_is_saved(
    writing: Any, context: Context, issue_id: int
) -> None:
    body(writing).evaluate(
        "box => { box.value = 'word '.repeat(1e6);"
        " box.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    refused = writing.locator("[data-state=bad]", has_text="This text is too large to be saved.")
    refused.wait_for(timeout=60_000)
    body(writing).fill("A part of it. א 10,000 " + "x" * 10_000)
    saved(writing)
    eventually(lambda: content_of(context, issue_id).entries[0].body.startswith("A part of it. א"))
    title = first_entry(writing).locator("[data-field=title]")
    title.fill("ש" * 10_000)
    status(writing, "Saved, except for what is marked.")
    assert title.get_attribute("aria-invalid") == "true"
    assert len(title.input_value()) == 10_000
    title.fill("חבלים חזקים")
    saved(writing)
    assert title.evaluate("field => getComputedStyle(field).direction") == "rtl"
    row = first_entry(writing).locator(".entry-title")
    assert row.evaluate("row => getComputedStyle(row).unicodeBidi") == "plaintext"


def test_an_entry_that_somebody_removed_is_brought_back_with_what_was_typed(
    writing: Any, context: Context, issue_id: int
) -> None:
    entry = content_of(context, issue_id).entries[0]
    writing.context.set_offline(True)
    body(writing).fill("In an entry that is gone.")
    remove_thing(context, issue_id, Thing(Kind.ENTRY, entry.id or 0), by("ben"))
    writing.context.set_offline(False)
    writing.get_by_role("button", name="Bring it back").click()
    eventually(
        lambda: (
            "In an entry that is gone." in [e.body for e in content_of(context, issue_id).entries]
        )
    )


def test_with_a_full_disk_the_text_stays_and_is_saved_when_there_is_room(
    writing: Any, context: Context, issue_id: int, app: Any
) -> None:
    with few_pages(app.extensions["newsletter"].context.database):
        body(writing).fill("No room. " * 4000)
        status(writing, "The server’s disk is full.")
    eventually(lambda: content_of(context, issue_id).entries[0].body.startswith("No room."))


def test_a_server_that_is_killed_between_keystrokes_loses_no_letter(
    browser_page: Any,
    context: Context,
    newsletter: Any,
    issue_id: int,
    first_editor: int,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        root = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with served(context, listener) as process:
            browser_page.goto(f"{root}/editor/sign-in")
            sign_in(browser_page, ADDRESS)
            browser_page.get_by_role("heading", name="Hello").wait_for()
            opened(browser_page, root, issue_id)
            body(browser_page).fill("")
            body(browser_page).press_sequentially("Every ", delay=20)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            body(browser_page).press_sequentially("letter ", delay=20)
        with served(context, listener):
            body(browser_page).press_sequentially("counts.", delay=20)
            saved(browser_page, within_s=60)
            eventually(
                lambda: (
                    content_of(context, issue_id).entries[0].body.strip() == "Every letter counts."
                )
            )


def an_account(context: Context, address: str, name: str) -> str:
    """An editor with a password. Returns the address."""
    roles = {one.slug: Role.EDITOR for one in show_newsletters(context, EDITOR)}
    add_editor(context, address, name, EDITOR, roles=roles)
    with context.database.read() as session:
        found = session.execute(
            text("SELECT id FROM users WHERE address = :address"), {"address": address}
        ).scalar_one()
    save_account(context, found, Account(name, address, PASSWORD, came_by_link=True))
    return address


def signed_in(browser: Any, site: str, address: str) -> Any:
    page = browser.new_context().new_page()
    page.goto(f"{site}/editor/sign-in")
    sign_in(page, address)
    page.get_by_role("heading", name="Hello").wait_for()
    return page


def sign_in(page: Any, address: str) -> None:
    page.get_by_label("Email address").first.fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")


@contextmanager
def few_pages(database: Any) -> Iterator[None]:
    """In SQLite no page can be added any more, in any connection of the pool."""

    def lift(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1073741823")

    def check_out(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(database.engine, "checkout", check_out)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", check_out)
        event.listen(database.engine, "checkout", lift)


@contextmanager
def served(context: Context, listener: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SITE, str(listener.fileno())],
        env=environment_of(context),
        pass_fds=(listener.fileno(),),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

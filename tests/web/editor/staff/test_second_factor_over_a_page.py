"""Someone whose session ends while they write signs in over the page with a second factor."""

from __future__ import annotations

import time
from typing import Any

import pyotp
import pytest

from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.staff.sessions import sign_out_everywhere
from tests.support.builders import an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import ADDRESS, PASSWORD
from tests.web.editor.issues.written_page import body, eventually, opened, saved
from tests.web.editor.staff.test_second_factor_in_a_browser import (
    FACTOR,
    device,
    named_site,
    sign_in,
)

__all__ = ["device", "named_site"]

pytestmark = pytest.mark.timeout(180)


def test_an_app_a_recovery_code_and_a_passkey_open_the_dialog_and_save_what_was_typed(  # noqa: PLR0913, PLR0917  fixtures
    browser_page: Any,
    named_site: str,
    device: Any,
    context: Context,
    newsletter: Newsletter,
    first_editor: int,
) -> None:
    page, issue_id = browser_page, an_issue(context, newsletter).id
    sign_in(page, named_site)
    page.goto(f"{named_site}{FACTOR}/app")
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn it on").click()
    code = page.locator(".codes code").first.inner_text()
    page.goto(f"{named_site}{FACTOR}/passkeys/new")
    page.get_by_label("Name", exact=True).fill("Phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey is added").wait_for()
    opened(page, named_site, issue_id)

    frame = page.frame_locator("iframe[title='Sign in']")

    def enter_code(typed: str) -> None:
        frame.get_by_label("Code", exact=True).fill(typed)
        frame.get_by_role("button", name="Sign in").click()

    ways = (
        ("by the app", lambda: enter_code(app.at(time.time() + 30))),
        ("by a recovery code", lambda: enter_code(code)),
        ("by a passkey", lambda: frame.get_by_role("button", name="Use a passkey").click()),
    )
    for words, second_step in ways:
        sign_out_everywhere(context, first_editor)
        body(page).fill(f"Typed and saved {words}")
        page.get_by_role("dialog", name="You are signed out").wait_for()
        frame.get_by_label("Email address").first.fill(ADDRESS)
        frame.get_by_label("Password").fill(PASSWORD)
        frame.get_by_label("Password").press("Enter")
        second_step()
        saved(page)
        eventually(lambda said=words: said in text_of(context, issue_id))


def text_of(context: Context, issue_id: int) -> str:
    return open_issue(context, issue_id, EDITOR).content.entries[0].body

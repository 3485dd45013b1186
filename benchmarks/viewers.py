"""Who looks at the pages of the lifelike world, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from benchmarks.lifelike import ADDRESS, EVAS_ADDRESS, PASSWORD, World


class Viewer(StrEnum):
    READER = "a reader, or who isn't signed in"
    ADA = "Ada, who runs the server and opened its sandbox"
    HALFWAY = "Eva, who has given her password but no code"
    EVA = "Eva, who may write for one newsletter"


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is the endpoint's, and which of its kind.

    `typed` by label, and the button that is pressed after: the page is what answers.
    """

    name: str
    path: str
    viewer: Viewer
    typed: Mapping[str, str] = field(default_factory=dict)
    pressed: str = ""


def sign_everyone_in(browser: Any, site: str, world: World) -> dict[Viewer, Any]:
    """What a browser keeps of each viewer."""
    windows = {viewer: browser.new_context() for viewer in Viewer}
    ada = windows[Viewer.ADA].new_page()
    ada.goto(f"{site}/sandbox/?key={world.context.settings.sandbox_key}")
    sign_in(ada, site)
    for viewer in (Viewer.HALFWAY, Viewer.EVA):
        page = windows[viewer].new_page()
        give_password(page, site, EVAS_ADDRESS)
        page.get_by_role("heading", name="Second step").wait_for()
    page.get_by_label("Code", exact=True).fill(world.recovery_codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Hello, Eva").wait_for()
    kept = {viewer: window.storage_state() for viewer, window in windows.items()}
    for window in windows.values():
        window.close()
    return kept


def open_windows(browser: Any, kept: Mapping[Viewer, Any], **options: Any) -> dict[Viewer, Any]:
    """A browser's window for each viewer."""
    return {
        viewer: browser.new_context(storage_state=state, reduced_motion="reduce", **options)
        for viewer, state in kept.items()
    }


def sign_in(page: Any, site: str) -> None:
    give_password(page, site, ADDRESS)
    page.get_by_role("heading", name="Hello, Ada").wait_for()


def give_password(page: Any, site: str, address: str) -> None:
    page.goto(f"{site}/editor/sign-in")
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")


def show(tab: Any, site: str, page: Page) -> Any:
    """Opens it, and returns the answer."""
    answer = tab.goto(site + page.path)
    for label, text in page.typed.items():
        tab.get_by_label(label, exact=True).fill(text)
    if not page.pressed:
        return answer
    with tab.expect_navigation() as following:
        tab.get_by_role("button", name=page.pressed, exact=True).click()
    return following.value

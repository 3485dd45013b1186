"""What a test does and sees on the page where an issue is written, in a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def opened(page: Any, site: str, issue_id: int) -> Any:
    page.set_default_timeout(10_000)
    page.goto(f"{site}/editor/issues/{issue_id}")
    page.locator("[data-state]").wait_for(state="attached")
    return page


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def status(page: Any, words: str) -> None:
    page.locator("[data-state=bad]", has_text=words).wait_for()


def saved(page: Any, within_s: float = 10) -> None:
    page.locator("[data-state=good]").wait_for(timeout=within_s * 1000)


def first_entry(page: Any) -> Any:
    entry = page.locator("[data-kind=entry]").first
    entry.evaluate("element => { element.open = true; }")
    return entry


def body(page: Any) -> Any:
    return first_entry(page).locator("[data-field=body]")

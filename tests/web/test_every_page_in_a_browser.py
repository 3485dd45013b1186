"""Every page there is, by the map of addresses: axe, a narrow window, large text, the focus."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from benchmarks.every_page import app_with_errors, every_page
from benchmarks.lifelike import World, make_world
from benchmarks.lifelike_mail import post_mail
from benchmarks.viewers import Page, open_windows, show, sign_everyone_in
from newsletter.config import Settings
from tests.support.axe import serious_findings
from tests.support.focus import focus_faults

pytestmark = [
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
    pytest.mark.timeout(400),  # a hundred pages in each part
]

NARROWEST = 320
EDITION = re.compile(r"/archive/\d+$")
PARTS = 2
"""Each ends well within the time that a test may take."""


@pytest.fixture
def pages(settings: Settings) -> Iterator[tuple[str, World, list[Page]]]:
    """Where they are, and which, in a small lifelike world."""
    world = make_world(settings, weeks=2, readers=40)
    post_mail(world.context)
    app = app_with_errors(world)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", world, every_page(app, world)
    server.shutdown()
    thread.join()
    world.context.database.dispose()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_has_one_heading_fits_a_narrow_window_shows_focus_and_passes_axe_in_both_themes(
    browser: Any, pages: tuple[str, World, list[Page]], part: int
) -> None:
    site, world, every = pages
    kept = sign_everyone_in(browser, site, world)
    size = {"width": NARROWEST, "height": 700}
    windows = open_windows(browser, kept, viewport=size)
    tabs = {viewer: window.new_page() for viewer, window in windows.items()}
    complaints = list[str]()
    for tab in tabs.values():
        tab.route(EDITION, _let_timers_run)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
    found = {}
    for one in every[part::PARTS]:
        page = tabs[one.viewer]
        page.emulate_media(color_scheme="light")
        answer = show(page, site, one)
        if "text/html" not in answer.headers["content-type"]:
            continue  # what a script asks for
        said = [*_faults(page), *serious_findings(page), *focus_faults(page)]
        page.emulate_media(color_scheme="dark")
        said += [*serious_findings(page, "color-contrast"), *focus_faults(page)]
        if said:
            found[one.name] = said
    assert (found, complaints) == ({}, [])


def _let_timers_run(route: Any) -> None:
    """An edition is shut off from all scripts, and axe would wait for its own timer forever."""
    answer = route.fetch()
    policy = answer.headers["content-security-policy"].partition("sandbox")[0]
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})


def _faults(page: Any) -> list[str]:
    heading, wide, jumps = page.evaluate(
        """() => [
          document.querySelectorAll("h1").length,
          document.documentElement.scrollWidth,
          document.querySelectorAll("[tabindex]:not([tabindex='0'], [tabindex='-1'])").length,
        ]"""
    )
    faults = {
        f"{heading} headings of the page": heading != 1,
        f"{wide} px wide": wide > NARROWEST,
        "a place in the order of Tab that is not its own": jumps > 0,
        "wider than the window with letters twice as large": _is_too_wide_enlarged(page),
    }
    return [words for words, holds in faults.items() if holds]


def _is_too_wide_enlarged(page: Any) -> bool:
    """A window of 1280 pixels at 200 %, and its text at 200 % again."""
    page.set_viewport_size({"width": 640, "height": 700})
    is_too_wide = page.evaluate(
        """() => {
          const root = document.documentElement;
          root.style.fontSize = "200%";
          const isTooWide = root.scrollWidth > innerWidth;
          root.style.fontSize = "";
          return isTooWide;
        }"""
    )
    page.set_viewport_size({"width": NARROWEST, "height": 700})
    return bool(is_too_wide)

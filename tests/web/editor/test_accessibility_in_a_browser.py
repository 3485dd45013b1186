"""What axe, a phone and a keyboard ask of the editor’s pages."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.store.models import ClickCount, Newsletter, User
from newsletter.usecases.context import Context
from tests.support.axe import serious_findings
from tests.support.builders import a_subscriber, an_issue
from tests.support.ledgers import a_sent_issue
from tests.web.editor.conftest import ADDRESS, PASSWORD

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_that_looks_up_deliveries_is_a_form_like_any_other(
    page: Any, site: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/editor/deliveries")
    field, button = page.get_by_label("Subscriber’s address"), page.get_by_role("button").last
    above, below = field.bounding_box(), button.bounding_box()
    assert above["y"] + above["height"] < below["y"], "the button is below its field"
    assert above["x"] == below["x"]
    if width == 390:
        assert above["width"] == below["width"], "on a phone it is as wide as the field"


def test_axe_finds_nothing_serious_where_a_form_was_answered(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    page.goto(f"{site}/n/news/link")
    page.get_by_label("Your email address").fill("one@example.org")
    page.get_by_role("button", name="Email me my link").click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    assert serious_findings(page) == []
    page.goto(f"{site}/editor/newsletters/news")
    page.get_by_role("textbox", name="Description", exact=True).fill("An hour of work")
    page.context.clear_cookies(name="newsletter_session")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("What you typed is kept on this page.").wait_for()
    assert serious_findings(page) == []
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your text is not saved yet").wait_for()
    assert serious_findings(page) == []


def test_a_long_word_in_a_title_makes_no_page_wider_than_a_phone(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    issue_id = an_issue(context, newsletter, title="Donaudampfschifffahrtsgesellschaft" * 3).id
    page.set_viewport_size({"width": 375, "height": 700})
    for path in ("newsletters/news/issues", f"issues/{issue_id}", f"issues/{issue_id}/send"):
        page.goto(f"{site}/editor/{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 375, path


def test_the_longest_names_and_addresses_break_no_frame(
    context: Context, page: Any, site: str, newsletter: Any, first_editor: int
) -> None:
    long = "Rhabarberbarbara" * 625
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.example"
    who = a_subscriber(context, newsletter, address=address, name=long, tags=["c" * 60])
    issue_id = an_issue(context, newsletter, title=long).id
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).name = long
        session.get_one(User, first_editor).name = long
    news = "newsletters/news"
    paths = ["", f"{news}/issues", f"{news}/subscribers", f"{news}/subscribers/{who.subscriber_id}"]
    paths += [f"{news}/people", f"{news}/audit", f"issues/{issue_id}", f"issues/{issue_id}/send"]
    wide = []
    for path in (*(f"editor/{path}" for path in paths), "n/news", "n/news/archive"):
        page.goto(f"{site}/{path}")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 700})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((path, width))
    assert wide == []


def test_a_plot_of_clicks_has_a_name(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter, number=1)
    with context.database.write() as session:
        for number, verdict in ((1, "person"), (1, "burst"), (2, "person")):
            edition_id = sent.edition().id
            session.add(ClickCount(edition_id=edition_id, number=number, verdict=verdict, clicks=3))
    page.goto(f"{site}/editor/issues/{sent.issue_id}/liked")
    assert page.get_by_role("img", name="Clicks by link").is_visible()


def test_axe_finds_nothing_serious_where_a_feed_can_not_be_read(
    page: Any, site: str, newsletter: Any
) -> None:
    page.goto(f"{site}/editor/newsletters/news/issues/from-feed")
    page.get_by_label("Address of the feed").fill("http://localhost/feed")
    page.get_by_role("button", name="Create issue").click()
    assert page.get_by_text("a private address").is_visible()
    assert serious_findings(page) == []

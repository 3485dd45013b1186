"""What axe, a phone and a keyboard ask of the editor’s pages."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.domain.feedback import FeedbackVerdict
from newsletter.store.models import ClickCount
from newsletter.usecases.context import Context
from newsletter.usecases.readers.suppress_subscriber import suppress_address
from tests.support.axe import serious_findings
from tests.support.builders import an_editor, an_issue
from tests.support.ledgers import a_sent_issue, say
from tests.support.principals import EDITOR
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


def test_axe_finds_nothing_serious_on_the_pages_of_people(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    ben = an_editor(context, address="ben@example.org")
    for path in (
        "/editor/editors/",
        f"/editor/editors/{ben.id}/remove",
        "/editor/deliveries",
        "/n/news",
        "/n/news/link",
    ):
        page.goto(f"{site}{path}")
        assert serious_findings(page) == [], path
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


def test_no_page_is_wider_than_a_phone(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    issue_id = an_issue(context, newsletter, title="Donaudampfschifffahrtsgesellschaft" * 3).id
    page.set_viewport_size({"width": 375, "height": 700})
    for path in (
        "",
        "newsletters/news",
        "newsletters/news/issues",
        "newsletters/news/issues/new",
        "newsletters/news/issues/from-feed",
        f"issues/{issue_id}",
        f"issues/{issue_id}/preview",
        f"issues/{issue_id}/send",
        "doctor/",
        "editors/",
        "account",
        "account/second-factor",
        "account/second-factor/app",
        "account/second-factor/passkeys/new",
        "deliveries",
    ):
        page.goto(f"{site}/editor/{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 375, path


def test_axe_finds_nothing_serious_on_the_pages_of_figures(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter, number=1)
    with context.database.write() as session:
        for number, verdict in ((1, "person"), (1, "burst"), (2, "person")):
            edition_id = sent.edition().id
            session.add(ClickCount(edition_id=edition_id, number=number, verdict=verdict, clicks=3))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in (f"/editor/issues/{sent.issue_id}/liked", "/editor/newsletters/news/figures"):
            page.goto(f"{site}{path}")
            assert serious_findings(page) == [], (path, scheme)
    page.goto(f"{site}/editor/issues/{sent.issue_id}/liked")
    assert page.get_by_role("img", name="Clicks by link").is_visible()


def test_axe_finds_nothing_serious_on_the_page_for_a_feed(
    page: Any, site: str, newsletter: Any
) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{site}/editor/newsletters/news/issues/from-feed")
        assert serious_findings(page) == [], scheme
    page.get_by_label("Address of the feed").fill("http://localhost/feed")
    page.get_by_role("button", name="Create issue").click()
    assert page.get_by_text("a private address").is_visible()
    assert serious_findings(page) == []


def test_axe_finds_nothing_serious_on_the_pages_of_what_came_back(
    context: Context, page: Any, site: str, newsletter: Any
) -> None:
    names = [f"accepted-{n}" for n in range(7)]
    sent = a_sent_issue(context, *names, newsletter=newsletter, number=1)
    for name in names[:5]:
        say(sent, name, FeedbackVerdict.HARD)
    for name in names[5:]:
        say(sent, name, FeedbackVerdict.COMPLAINT)
    suppress_address(context, "accepted-0@example.org", "550 5.1.1 no such user", EDITOR)
    suppress_address(context, "nobody@example.org", "By phone", EDITOR, "news")
    reader = sent.line("accepted-0@example.org").subscriber_id
    for path in (
        "/editor/",
        f"/editor/issues/{sent.issue_id}/send",
        f"/editor/issues/{sent.issue_id}/later?what=hard",
        f"/editor/newsletters/news/subscribers/{reader}",
        "/editor/newsletters/news/suppressions",
        "/editor/newsletters/news/suppressions?q=ada%40example.org",
    ):
        page.set_viewport_size({"width": 1280, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(f"{site}{path}")  # anew: colours change slowly on a page that is shown
            assert serious_findings(page) == [], f"{path} {scheme}"
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert page.complaints == []

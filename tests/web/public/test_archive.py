"""The archive: every edition that went out has a page of its own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.reading.digests.feeds.reading import read_feed
from newsletter.store.models import Delivery, Edition, Issue, Newsletter
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.support.builders import a_newsletter, an_issue
from tests.web.public.conftest import Readers


@pytest.fixture
def client(client: Any, newsletter: Newsletter) -> Any:
    return client


def test_the_archive_lists_what_went_out_the_newest_first(
    client: Any, context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    an_edition(context, newsletter, 1, title="The first")
    clock.advance(timedelta(days=7))
    an_edition(context, newsletter, 2, title="The second")
    page = client.get("/n/field-notes/archive").text
    assert page.index("The second") < page.index("The first")
    assert "November 29, 2026" in page
    assert 'href="/n/field-notes/archive/2"' in page


def test_the_day_is_that_of_the_newsletter_s_time_zone(
    client: Any, context: Context, newsletter: Newsletter, clock: Clock
) -> None:
    clock.advance(timedelta(hours=11, minutes=30))  # 00:30 of the next day in Berlin
    an_edition(context, newsletter, 1)
    assert "November 23, 2026" in client.get("/n/field-notes/archive").text


def test_an_issue_with_a_date_of_its_own_is_listed_with_that(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1, issued_on=date(2019, 7, 1))
    page = client.get("/n/field-notes/archive").text
    assert '<time datetime="2019-07-01">July 1, 2019</time>' in page


def test_the_signup_page_offers_the_latest_and_past_issues_once_there_are_some(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    assert "Read past issues" not in client.get("/n/field-notes").text
    an_edition(context, newsletter, 1, title="Ropes")
    an_edition(context, newsletter, 2, title="Knots", state=IssueState.CANCELLED)
    page = client.get("/n/field-notes").text
    assert "Read past issues" in page
    assert '<a href="/n/field-notes/archive/1"><bdi>Ropes</bdi></a>' in page
    an_issue(context, newsletter, title="Sails", number=3, state=IssueState.IMPORTED)
    assert '<a href="/n/field-notes/archive/3"><bdi>Sails</bdi></a>' in client.get("/").text


def test_the_archive_is_an_atom_feed_too_that_its_pages_name(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1, title="Ropes & knots", issued_on=date(2026, 7, 1))
    an_edition(context, newsletter, 2, title="Winches", issued_on=date(2026, 7, 8))
    with context.database.write() as session:
        theme = {"social_url": "https://example.org/card.png"}
        session.get_one(Newsletter, newsletter.id).theme = theme
    for page in ("/n/field-notes", "/n/field-notes/archive"):
        head = client.get(page).text
        assert 'type="application/atom+xml"' in head
        assert 'property="og:image" content="https://example.org/card.png"' in head
    answer = client.get("/n/field-notes/feed.xml")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    again = client.get("/n/field-notes/feed.xml", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/n/nothing/feed.xml").status_code == 404
    found = read_feed(answer.data)
    assert found is not None
    site = context.settings.public_url
    assert [(one.title, one.url) for one in found.items] == [
        ("Winches", f"{site}/n/field-notes/archive/2"),
        ("Ropes & knots", f"{site}/n/field-notes/archive/1"),
    ]


def test_a_long_archive_comes_in_pages(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    for number in range(1, 53):
        an_edition(context, newsletter, number, title=f"Issue {number}.")
    first = client.get("/n/field-notes/archive").text
    assert "Issue 52." in first
    assert "Issue 2." not in first
    assert "/n/field-notes/archive?before=3" in first
    second = client.get("/n/field-notes/archive?before=3").text
    assert "Issue 2." in second
    assert "Older issues" not in second
    for odd in ("nonsense", "-1", "9" * 30, "-" + "9" * 30):
        assert client.get(f"/n/field-notes/archive?before={odd}").status_code == 200


def test_an_empty_archive_invites_to_sign_up(client: Any) -> None:
    page = client.get("/n/field-notes/archive").text
    assert "No issues yet" in page
    assert 'href="/n/field-notes"' in page


def test_a_cancelled_issue_that_nobody_received_is_not_listed_but_its_page_stays(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1, title="Halted", state=IssueState.CANCELLED)
    assert "Halted" not in client.get("/n/field-notes/archive").text
    assert client.get("/n/field-notes/archive/1").status_code == 200


def test_a_cancelled_issue_that_somebody_received_is_listed(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    edition_id = an_edition(context, newsletter, 1, title="Halted", state=IssueState.CANCELLED)
    with context.database.write() as session:
        session.add(
            Delivery(
                edition_id=edition_id,
                subscriber_id=1,
                subscription_id=1,
                state=DeliveryState.ACCEPTED,
                state_at=context.now(),
            )
        )
    assert "Halted" in client.get("/n/field-notes/archive").text


def test_titles_and_dates_are_those_of_the_mail(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1, title="On slow tools")
    page = client.get("/n/field-notes/archive").text
    assert "by mail" not in page
    assert "November 22, 2026" in page
    with context.database.write() as session:
        session.execute(update(Newsletter).values(language="de"))
    assert "22. November 2026" in client.get("/n/field-notes/archive").text


def test_an_edition_s_page_is_the_frozen_html_as_it_is(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1, html="<!doctype html><p>As it was.</p>")
    answer = client.get("/n/field-notes/archive/1")
    assert answer.text == "<!doctype html><p>As it was.</p>"


def test_an_edition_may_have_styles_and_pictures_but_runs_nothing(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1)
    policy = client.get("/n/field-notes/archive/1").headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_an_edition_is_cached_and_asked_for_again_cheaply(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1)
    first = client.get("/n/field-notes/archive/1")
    assert "public" in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers
    again = client.get("/n/field-notes/archive/1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


@pytest.mark.parametrize("number", ["2", "0", "99999999999999999999", "one", "-1"])
def test_an_issue_that_never_went_out_is_not_found(
    client: Any, context: Context, newsletter: Newsletter, number: str
) -> None:
    an_edition(context, newsletter, 1)
    answer = client.get(f"/n/field-notes/archive/{number}")
    assert answer.status_code == 404


def test_each_newsletter_has_its_own_numbers(
    client: Any, context: Context, newsletter: Newsletter
) -> None:
    other = a_newsletter(context, slug="other")
    an_edition(context, other, 1, html="<p>of the other</p>")
    assert client.get("/n/field-notes/archive/1").status_code == 404
    assert client.get("/n/other/archive/1").text == "<p>of the other</p>"


def test_a_title_is_shown_as_text(
    readers: Readers, context: Context, newsletter: Newsletter
) -> None:
    an_edition(context, newsletter, 1, title="<script>alert(1)</script>")
    assert "<script>alert" not in readers.client.get("/n/field-notes/archive").text


def an_edition(  # noqa: PLR0913  each matters to some test
    context: Context,
    newsletter: Newsletter,
    number: int,
    *,
    title: str = "On slow tools",
    html: str = "<!doctype html><title>On slow tools</title>",
    state: IssueState = IssueState.SENT,
    issued_on: date | None = None,
) -> int:
    """The id of the edition."""
    issue = an_issue(context, newsletter, title=title, issued_on=issued_on)
    with context.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=state))
        edition = Edition(
            issue_id=issue.id,
            newsletter_id=newsletter.id,
            number=number,
            subject=f"{title}, by mail",
            html=html,
            text="",
            content={},
            active_at_freeze=0,
            frozen_at=context.now(),
            expires_at=context.now() + timedelta(days=2),
        )
        session.add(edition)
        session.flush()
        return edition.id

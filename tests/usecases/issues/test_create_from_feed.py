"""An issue from a feed: what is new in it, from a real server and nobody's private network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueState
from newsletter.net.fetch import FetchPolicy
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.usecases.context import Context
from newsletter.usecases.issues.create_from_feed import FeedChoices, create_issue_from_feed
from newsletter.usecases.issues.write_issue import save_issue
from tests.support.builders import a_newsletter, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as content
from tests.support.principals import EDITOR
from tests.support.services.http_server import serving

sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def rss(*items: tuple[str, str, int]) -> str:
    """Of (title, category, day of March 2026)."""
    written = "".join(
        f"<item><title>{title}</title><link>/{title.lower()}</link><category>{category}</category>"
        f"<pubDate>{day:02} Mar 2026 10:00:00 GMT</pubDate></item>"
        for title, category, day in items
    )
    return f"<rss version='2.0'><channel><title>Harbour</title>{written}</channel></rss>"


FEED = rss(("Ropes", "News", 20), ("Knots", "Tools", 15), ("Winch", "News", 10))


@dataclass
class Site:
    """What it answers by path: (status, headers, body)."""

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)

    def url(self, path: str = "/feed") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def policy(self) -> FetchPolicy:
        return FetchPolicy(
            "a test", ports=frozenset({self.port}), is_allowed=lambda ip: ip.startswith("127.")
        )


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(pages={"/feed": (200, {"Content-Type": "application/rss+xml"}, FEED)})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = site.pages.get(self.path, (404, {}, ""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    with serving(Handler) as site.port:
        yield site


def titles(context: Context, issue_id: int) -> list[tuple[str, list[str]]]:
    with context.database.read() as session:
        issue = content_of(issue_with_content(session, issue_id))
    return [(one.title, [entry.title for entry in one.entries]) for one in issue.sections]


def test_what_is_new_since_the_last_issue_is_taken_without_links_that_ran(
    context: Context, site: Site
) -> None:
    newsletter = a_newsletter(context)
    last = an_issue(context, newsletter, entries=0)
    ran = content(an_entry("Ropes again", url=site.url("/ropes?utm_source=x")))
    save_issue(context, last.id, ran, last.version, EDITOR)
    with context.database.write() as session:
        sent = issue_with_content(session, last.id)
        sent.state, sent.state_at = IssueState.SENT, datetime(2026, 3, 12, tzinfo=UTC)
    made = create_issue_from_feed(context, newsletter.id, site.url(), EDITOR, policy=site.policy)
    assert titles(context, made.issue_id) == [("Tools", ["Knots"])]
    assert (made.entries, made.older, made.repeats) == (1, 1, ("Ropes",))


@sqlite_alone
def test_day_number_section_and_repeats_are_as_asked(context: Context, site: Site) -> None:
    newsletter = a_newsletter(context)
    choices = FeedChoices(since=date(2026, 3, 10), limit=2, section="Links", keeps_repeats=True)
    made = create_issue_from_feed(context, newsletter.id, site.url(), EDITOR, choices, site.policy)
    assert titles(context, made.issue_id) == [("Links", ["Ropes", "Knots"])]
    assert made.over_limit == 1


@sqlite_alone
def test_a_page_that_names_its_feed_is_followed(context: Context, site: Site) -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='feed'>"
    site.pages["/"] = (200, {}, f"<html><head>{link}</head></html>")
    newsletter = a_newsletter(context)
    made = create_issue_from_feed(context, newsletter.id, site.url("/"), EDITOR, policy=site.policy)
    assert made.entries == 3


NO_ADDRESS = "<html><link rel='alternate' type='application/rss+xml' href='http://[x'></html>"
BOMB = (
    "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"
    "<rss version='2.0'><channel><item><title>&b;</title></item></channel></rss>"
)


@sqlite_alone
@pytest.mark.parametrize(
    ("page", "why"),
    [
        ((200, {}, "<html><p>Hello</p></html>"), "There is no feed at this address"),
        ((200, {}, NO_ADDRESS), "There is no feed at this address"),
        ((200, {}, ""), "There is no feed at this address"),
        ((200, {}, "<rss version='2.0'><channel></channel></rss>"), "This feed is empty"),
        ((200, {}, "<rss version='2.0'><channel><<<"), "The XML of this feed is broken"),
        ((200, {}, BOMB), "entities of its own"),
        ((404, {}, ""), "it returns 404"),
        ((200, {}, FEED + " " * 5_000_000), "it is larger than 5.0 MB"),
        ((302, {"Location": "http://10.0.0.1/feed"}, ""), "we do not check port 80"),
        ((302, {"Location": "/feed"}, ""), "it redirects in a loop"),
        ((200, {}, rss(("Ropes", "News", 1))), "nothing new since 2 March 2026"),
    ],
)
def test_what_gives_no_issue_is_said_and_leaves_none(
    context: Context, site: Site, page: tuple[int, dict[str, str], str], why: str
) -> None:
    newsletter = a_newsletter(context)
    site.pages["/feed"] = page
    with pytest.raises(InvalidInput, match=why) as refused:
        create_issue_from_feed(
            context,
            newsletter.id,
            site.url(),
            EDITOR,
            FeedChoices(since=date(2026, 3, 2)),
            site.policy,
        )
    assert refused.value.advice


@sqlite_alone
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/feed", "http://localhost/", "file:///etc/passwd"]
)
def test_nobodys_private_network_is_reached(context: Context, url: str) -> None:
    newsletter = a_newsletter(context)
    with pytest.raises(InvalidInput, match=r"private address|not a web address"):
        create_issue_from_feed(context, newsletter.id, url, EDITOR)

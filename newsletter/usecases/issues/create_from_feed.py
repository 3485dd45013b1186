"""An issue from a feed: its newest items as entries, without the links that ran before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_checks import MOST_ENTRIES
from newsletter.domain.said_times import said_day
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.domain.web_addresses import canonical_url
from newsletter.net.fetch import Document, FetchPolicy, fetch_document
from newsletter.net.links import fetch_policy
from newsletter.reading.digests.feeds.feed import Feed, FeedItem, sections_of
from newsletter.reading.digests.feeds.reading import read_feed
from newsletter.reading.digests.feeds.texts import feed_link
from newsletter.reading.digests.writer import digest_markdown
from newsletter.store.checks.earlier_issues import earlier_runs
from newsletter.store.issues.issues import last_sent_at
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest

MOST_ITEMS = 20
"""What an issue takes unless more are asked for."""
LARGEST_FEED_BYTES = 5_000_000
PATIENCE_S = 5.0
"""For each of six requests at most: someone waits for the page."""


@dataclass(frozen=True, slots=True)
class FeedChoices:
    """`since` is a day of the newsletter's; None for the day of its last issue. All items go in
    `section`; None for sections by category.
    """

    since: date | None = None
    limit: int = MOST_ITEMS
    section: str | None = None
    keeps_repeats: bool = False


@dataclass(frozen=True, slots=True)
class FromFeed:
    """What became of the feed. `repeats` are titles of items whose links ran before: left out, or
    kept and marked by the checks, as was asked. `trouble` says what is wrong with the feed.
    """

    issue_id: int
    entries: int
    older: int
    repeats: tuple[str, ...]
    over_limit: int
    trouble: str = ""


def create_issue_from_feed(  # noqa: PLR0913, PLR0917  what, from where, by whom, and how
    context: Context,
    newsletter_id: int,
    url: str,
    principal: Principal,
    choices: FeedChoices = FeedChoices(),
    policy: FetchPolicy | None = None,
) -> FromFeed:
    """Raises InvalidInput for an address without a feed, a broken feed, and one without news."""
    require(principal, "create_issue_from_feed", newsletter_id)
    _require_sensible(choices)
    feed = _fetched_feed(url.strip(), policy or fetch_policy(context.settings))
    with context.database.read() as session:
        since = _since(session, newsletter_id, choices)
        fresh = [item for item in feed.items if _is_new(item, since)]
        candidates = _newest(fresh, MOST_ENTRIES)
        repeats = _repeats(session, newsletter_id, candidates)
    left_out = set() if choices.keeps_repeats else set(repeats)
    wanted = [item for item in candidates if item not in left_out]
    if not wanted:
        raise _nothing_new(feed, since, len(repeats))
    taken = _newest(wanted, choices.limit)
    sections = sections_of(taken, choices.section)
    text = digest_markdown(IssueContent("", "", "", "", None, sections))
    pasted = create_issue_from_digest(context, newsletter_id, text, principal)
    return FromFeed(
        issue_id=pasted.issue_id,
        entries=pasted.entries,
        older=len(feed.items) - len(fresh),
        repeats=tuple(item.title for item in repeats),
        over_limit=len(fresh) - len(candidates) + len(wanted) - len(taken),
        trouble=feed.trouble,
    )


def _require_sensible(choices: FeedChoices) -> None:
    if not 1 <= choices.limit <= MOST_ENTRIES:
        raise InvalidInput(f"The limit must be between 1 and {MOST_ENTRIES:,}.", field="limit")


def _fetched_feed(url: str, policy: FetchPolicy) -> Feed:
    """That of the address, or the one that the page there names."""
    policy = replace(policy, most_bytes=LARGEST_FEED_BYTES, request_s=PATIENCE_S, most_redirects=2)
    document = fetch_document(url, policy)
    feed = _feed_in(document)
    if feed is None:
        link = _joined(document.url, feed_link(document.data.decode("utf-8", "replace")))
        named = fetch_document(link, policy) if link else None
        feed = _feed_in(named) if named else None
    if feed is None:
        raise InvalidInput(
            "There is no feed at this address.",
            advice="Enter the address of an RSS, Atom or JSON feed, or of a page that links to its "
            "feed.",
            field="url",
        )
    if not feed.items:
        raise InvalidInput("This feed is empty.", advice="Try again later.", field="url")
    return feed


def _joined(page: str, link: str) -> str:
    """Empty where the page names no feed, or one at no address."""
    try:
        return urljoin(page, link) if link else ""
    except ValueError:
        return ""


def _feed_in(document: Document) -> Feed | None:
    try:
        return read_feed(document.data, document.url, document.content_type)
    except InvalidInput as error:
        raise InvalidInput(error.message, advice=error.advice, field="url") from error


def _since(session: Session, newsletter_id: int, choices: FeedChoices) -> datetime | None:
    if choices.since is None:
        return last_sent_at(session, newsletter_id)
    zone = ZoneInfo(session.get_one(Newsletter, newsletter_id).time_zone)
    return datetime(choices.since.year, choices.since.month, choices.since.day, tzinfo=zone)


def _is_new(item: FeedItem, since: datetime | None) -> bool:
    """What has no date may be new."""
    return since is None or item.at is None or item.at >= since


def _repeats(session: Session, newsletter_id: int, items: Sequence[FeedItem]) -> list[FeedItem]:
    """Those whose links are in an issue that was sent or is going to be."""
    runs = earlier_runs(session, newsletter_id, 0, [item.url for item in items])
    return [item for item in items if canonical_url(item.url) in runs]


def _newest(items: Sequence[FeedItem], limit: int) -> list[FeedItem]:
    """In the order of the feed."""
    never = datetime.min.replace(tzinfo=UTC)
    by_age = sorted(items, key=lambda item: item.at or never, reverse=True)
    kept = set(map(id, by_age[:limit]))
    return [item for item in items if id(item) in kept]


def _nothing_new(feed: Feed, since: datetime | None, repeats: int) -> InvalidInput:
    day = f" since {said_day(since)}" if since else ""
    ran = f" {repeats} of them ran in earlier issues." if repeats else ""
    return InvalidInput(
        f"This feed has nothing new{day}. It has {len(feed.items):,} items.{ran}",
        advice="Choose an earlier day, or keep the links that ran before.",
        field="url",
    )

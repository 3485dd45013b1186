"""Which texts are feeds, or exports of tools that keep links, and such a list as the digest of an
issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import Unplaced
from newsletter.domain.issues.issue_checks import MOST_ENTRIES
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.feeds.bookmarks import read_bookmarks
from newsletter.reading.digests.feeds.feed import Feed, issue_of_feed
from newsletter.reading.digests.feeds.json_feeds import read_json_feed
from newsletter.reading.digests.feeds.link_tables import read_link_table
from newsletter.reading.digests.feeds.outlines import read_outline
from newsletter.reading.digests.front_matter import iso_date
from newsletter.reading.digests.writer import digest_markdown

_ROOT = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")
_LOOKED_AT = 5_000


def read_feed(data: bytes, url: str = "", content_type: str = "") -> Feed | None:
    """None for what is no feed. Raises InvalidInput for a broken or hostile one."""
    start = data[:_LOOKED_AT].replace(b"\x00", b"").decode("utf-8", "replace")
    if is_xml_feed(start):
        from newsletter.reading.digests.feeds.xml_feeds import (  # noqa: PLC0415  feedparser is large
            read_xml_feed,
        )

        return read_xml_feed(data, url, content_type)
    is_json = start.lstrip("\ufeff \t\r\n").startswith("{")
    return read_json_feed(data.decode("utf-8-sig", "replace")) if is_json else None


def is_xml_feed(text: str) -> bool:
    start = text[:_LOOKED_AT].lstrip("\ufeff \t\r\n")
    return start.startswith("<") and bool(_ROOT.search(start))


def digest_of_feed(text: str) -> Converted | None:
    """None for a text that is no feed. Raises InvalidInput for one that is no issue."""
    feed = _feed_or_export(text)
    if feed is None:
        return None
    if len(feed.items) > MOST_ENTRIES:
        raise InvalidInput(
            f"This list has {len(feed.items):,} items. An issue has {MOST_ENTRIES:,} at most.",
            advice="Of a feed, make an issue from its address: it takes the newest items alone. Of "
            "a list of links, export a part, such as one folder.",
            field="digest",
        )
    head = {"date": iso_date(feed.date)} if iso_date(feed.date) else {}
    markdown = digest_markdown(issue_of_feed(feed))
    # An item has no line of its own.
    lines = (1,) * (markdown.count("\n") + 1)
    return Converted(markdown, head=head, lines=lines, dropped=tuple(_left_out(feed)))


def _feed_or_export(text: str) -> Feed | None:
    """What tools that keep links export is a list of items like a feed."""
    start = text[:_LOOKED_AT].lstrip("\ufeff \t\r\n")
    if is_xml_feed(text):
        return read_feed(text.encode("utf-8", "replace"), content_type="text/xml; charset=utf-8")
    if start.startswith(("{", "[")):
        return read_json_feed(text)
    if start.startswith("<"):
        return read_bookmarks(text) or read_outline(text)
    return read_link_table(text)


def _left_out(feed: Feed) -> Iterator[Unplaced]:
    if feed.trouble:
        yield Unplaced(1, "", feed.trouble)
    for item in feed.items:
        if item.full:
            length = f"{len(item.full):,} characters"
            why = f"The summary of “{item.title}” is used, not its text of {length}."
            yield Unplaced(1, item.full[:500], why)

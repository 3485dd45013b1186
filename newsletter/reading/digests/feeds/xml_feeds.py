"""RSS and Atom, by feedparser: of bytes alone, never of an address. Imported only when there is
one: feedparser is large.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser  # type: ignore[import-untyped]

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.feeds.feed import Feed, FeedItem, TextForm
from newsletter.reading.digests.feeds.texts import line_of, refuse_entities


def read_xml_feed(data: bytes, url: str = "", content_type: str = "") -> Feed:
    """`url` completes relative addresses. Raises InvalidInput for what is broken or hostile."""
    refuse_entities(data)
    headers = {"content-location": url, "content-type": content_type}
    read = feedparser.parse(
        io.BytesIO(data),
        response_headers={name: value for name, value in headers.items() if value},
        sanitize_html=False,
    )
    trouble = _trouble(read.get("bozo_exception"))
    if not read["entries"] and trouble:
        raise InvalidInput(
            f"The XML of this feed is broken{trouble}.",
            advice="Check the feed in a browser, or paste the text instead.",
            field="digest",
        )
    return Feed(
        title=line_of(read["feed"].get("title", "")),
        items=tuple(_item(entry) for entry in read["entries"]),
        trouble=f"The XML of this feed is broken{trouble}. What could be read is used."
        if trouble
        else "",
    )


def _trouble(error: object) -> str:
    """Where it is broken; "" for what is no trouble, such as an encoding that was not declared."""
    line = getattr(error, "getLineNumber", None)
    return f" near line {line()}" if line is not None else ""


def _item(entry: Mapping[str, Any]) -> FeedItem:
    summary, full = entry.get("summary_detail"), next(iter(entry.get("content") or ()), None)
    text = summary or full or {}
    title = line_of(entry.get("title", ""))
    shown = str(text.get("value", ""))
    is_more = full is not None and full is not text and full.get("value") != shown
    return FeedItem(
        title=title or line_of(shown)[:80] or entry.get("link", ""),
        url=entry.get("link", ""),
        text=shown,
        form=TextForm.PLAIN if text.get("type") == "text/plain" else TextForm.HTML,
        full=str(full.get("value", "")) if is_more and full else "",
        author=line_of(entry.get("author", "")),
        at=_moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        category=next((line_of(tag.get("term") or "") for tag in entry.get("tags", ())), ""),
    )


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime(*parsed[:5], tzinfo=UTC) if parsed else None  # type: ignore[misc]
    except ValueError:
        return None

"""JSON Feed (jsonfeed.org, versions 1 and 1.1), and an issue as Curated exports it.

Curated's has `number`, `title`, `summary`, `published_at`, and `categories` with `items`: `title`,
`url`, `url_domain`, `description_markdown`, and a `footer` in HTML.

Also the lists of links that tools which keep them export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from newsletter.reading.digests.feeds.feed import Feed, FeedItem, TextForm
from newsletter.reading.digests.feeds.link_records import has_links, items_of
from newsletter.reading.digests.feeds.texts import line_of, markdown_of

_LISTS = ("items", "results", "list", "links", "bookmarks")


def read_json_feed(text: str) -> Feed | None:
    """None for JSON of another kind, and for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list):
        return _links(found)
    if not isinstance(found, dict):
        return None
    if "jsonfeed.org/version" in _text(found, "version"):
        return Feed(_line(found, "title"), tuple(map(_item, _objects(found, "items"))))
    if _objects(found, "categories"):
        return Feed(
            title=_line(found, "title"),
            items=tuple(_curated_items(found)),
            number=str(found.get("number") or ""),
            preheader=_line(found, "summary"),
            date=_text(found, "published_at")[:10],
        )
    return next(filter(None, (_links(found.get(name)) for name in _LISTS)), None)


def _links(found: object) -> Feed | None:
    """What Pinboard, Pocket, Raindrop and Linkding write: objects with an address each."""
    given = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(given, list) or not given:
        return None
    records = [_record(one) for one in given if isinstance(one, dict)]
    if len(records) < len(given) or not all(map(has_links, records)):
        return None
    return Feed("", items_of(records))


def _record(item: Mapping[str, Any]) -> dict[str, str]:
    return {key.lower(): value for key, value in item.items() if isinstance(value, str)}


def _item(item: Mapping[str, Any]) -> FeedItem:
    """A link blog's item is about its external address."""
    html, plain, summary = (_text(item, key) for key in ("content_html", "content_text", "summary"))
    text = summary or html or plain
    authors = [*_objects(item, "authors"), item.get("author")]
    url = _text(item, "external_url") or _text(item, "url")
    return FeedItem(
        title=_line(item, "title") or line_of(text)[:80] or url,
        url=url,
        text=text,
        form=TextForm.HTML if text == html else TextForm.PLAIN,
        full=(html or plain) if summary and (html or plain) != summary else "",
        author=next((_line(one, "name") for one in authors if isinstance(one, dict)), ""),
        at=_moment(_text(item, "date_published") or _text(item, "date_modified")),
        category=next((str(tag).strip() for tag in _list(item, "tags")), ""),
    )


def _curated_items(issue: Mapping[str, Any]) -> Iterator[FeedItem]:
    for category in _objects(issue, "categories"):
        for item in _objects(category, "items"):
            footer = markdown_of(_text(item, "footer"), is_html=True)
            text = "\n\n".join(filter(None, [_text(item, "description_markdown"), footer]))
            yield FeedItem(
                title=_line(item, "title") or line_of(text)[:80] or _text(item, "url"),
                url=_text(item, "url"),
                text=text,
                form=TextForm.MARKDOWN,
                source=_text(item, "url_domain"),
                category=_line(category, "name"),
            )


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else []


def _objects(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [one for one in _list(values, key) if isinstance(one, dict)]


def _text(values: Mapping[str, Any], key: str) -> str:
    found = values.get(key)
    return found.strip() if isinstance(found, str) else ""


def _line(values: Mapping[str, Any], key: str) -> str:
    return " ".join(_text(values, key).split())


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found

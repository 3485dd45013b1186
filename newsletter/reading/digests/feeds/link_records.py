"""Links as the tools that keep them write them down, by the names of their columns and keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from newsletter.reading.digests.feeds.feed import FeedItem, TextForm

_URL = ("url", "link", "href", "uri", "address", "resolved_url", "given_url", "permalink")
_TITLE = ("title", "name", "headline", "resolved_title", "given_title", "label")
_TEXTS = (
    "note notes comment comments extended excerpt description summary selection text content body"
).split()
_SECTION = ("section", "folder", "category", "collection", "topic", "group", "list")
_AUTHOR = ("author", "authors", "by", "writer", "creator")
_SOURCE = ("source", "domain", "site", "publication", "publisher")
KNOWN = frozenset((*_URL, *_TITLE, *_TEXTS, *_SECTION, *_AUTHOR, *_SOURCE))


def has_links(names: Iterable[str]) -> bool:
    """Whether these are the columns of a list of links."""
    return not set(names).isdisjoint(_URL)


def items_of(records: Iterable[Mapping[str, str]]) -> tuple[FeedItem, ...]:
    """One for each record with a title or an address. Names are in lower case."""
    made = (_item(record) for record in records)
    return tuple(item for item in made if item.title)


def _item(record: Mapping[str, str]) -> FeedItem:
    """Pinboard calls a title `description`, and its comment `extended`."""
    names = list(_TEXTS)
    title = _first(record, _TITLE)
    if not title and "extended" in record:
        names.remove("description")
        title = record.get("description", "").strip()
    url = _first(record, _URL)
    texts = [record[name].strip() for name in names if record.get(name, "").strip()]
    return FeedItem(
        title=" ".join((title or url).split()),
        url=url,
        text="\n\n".join(dict.fromkeys(texts)),
        form=TextForm.PLAIN,
        source=_first(record, _SOURCE),
        author=_first(record, _AUTHOR),
        category=_first(record, _SECTION),
    )


def _first(record: Mapping[str, str], names: Sequence[str]) -> str:
    return next((" ".join(record[name].split()) for name in names if record.get(name)), "")

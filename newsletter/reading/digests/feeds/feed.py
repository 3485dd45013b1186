"""A feed as it was read, and the issue that its items make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.reading.digests.feeds.texts import markdown_of
from newsletter.reading.digests.sources import domain_of_url

_NUMBER = re.compile(r"[0-9]{1,9}")
SECTIONS_IN_ANY_CASE = 8
"""Where there are more categories than that, each has to hold two items on average."""


class TextForm(StrEnum):
    MARKDOWN = "markdown"
    HTML = "html"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class FeedItem:
    """`text` is its summary, or all of it where there is none. `full` is what the summary is of."""

    title: str
    url: str = ""
    text: str = ""
    form: TextForm = TextForm.HTML
    full: str = ""
    source: str = ""
    author: str = ""
    at: datetime | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """`trouble` says where it is broken, when the rest could be read. `head` is that of an issue,
    by the keys of front matter.
    """

    title: str
    items: tuple[FeedItem, ...]
    number: str = ""
    preheader: str = ""
    date: str = ""
    trouble: str = ""


def sections_of(
    items: Iterable[FeedItem], section: str | None = None
) -> tuple[SectionContent, ...]:
    """All in `section`, or each in that of its category."""
    given = list(items)
    is_telling = section is None and _is_telling([item.category for item in given])
    sections: dict[str, list[EntryContent]] = {}
    for item in given:
        name = item.category if is_telling else section or ""
        sections.setdefault(name, []).append(_entry(item))
    return tuple(SectionContent(name, tuple(made)) for name, made in sections.items())


def issue_of_feed(feed: Feed) -> IssueContent:
    return IssueContent(
        title=feed.title,
        subject=feed.title,
        preheader=feed.preheader,
        intro="",
        number=int(feed.number) if _NUMBER.fullmatch(feed.number) else None,
        sections=sections_of(feed.items),
    )


def _is_telling(categories: Sequence[str]) -> bool:
    return len(set(categories)) <= max(SECTIONS_IN_ANY_CASE, len(categories) // 2)


def _entry(item: FeedItem) -> EntryContent:
    body = (
        item.text
        if item.form is TextForm.MARKDOWN
        else markdown_of(item.text, is_html=item.form is TextForm.HTML)
    )
    by = f"By {item.author}." if item.author else ""
    source = item.source or domain_of_url(item.url)
    return EntryContent(
        title=item.title,
        url=item.url,
        sources=(source,) if source else (),
        body="\n\n".join(filter(None, [body.strip(), by])),
    )

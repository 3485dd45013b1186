"""A log of links, saved day by day, put together into issues by their windows of dates.

    {"section_order": ["News", …],
     "issues": [{"issue": "0001", "start": "2018-01-01", "end": "2018-01-13", "text": "…"}, …],
     "links": [{"date": "2018-01-01", "title": "…", "url": "…", "category": "News",
                "text": "…"}, …]}

A window holds the links from its start up to, and not with, its end. `publish` (default: the end)
is the day of an issue, `text` its intro in Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.reading.digests.sources import domain_of_url

_FRAME = re.compile(r"<iframe\b[^>]*?\bsrc=\"(https?://[^\"\s<>]+)\"[^>]*>(?:\s*</iframe>)?")
_CODE = re.compile(r"`([^`]+)`")
_NUMBER = re.compile(r"0*([1-9]\d{0,5})")


@dataclass(frozen=True, slots=True)
class LoggedLink:
    """`section` is "" for one without."""

    day: date
    title: str
    url: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """`number` as it is written in the log, with its zeros."""

    number: str
    start: date
    end: date
    publish: date
    text: str


@dataclass(frozen=True, slots=True)
class LinkLog:
    windows: tuple[Window, ...]
    section_order: tuple[str, ...]
    links: tuple[LoggedLink, ...]

    def window(self, number: str) -> Window:
        """Raises InvalidInput for a number that the log has not."""
        for window in self.windows:
            if window.number == number:
                return window
        known = ", ".join(window.number for window in self.windows)
        raise InvalidInput(
            f"The log has no issue {number}.",
            advice=f"It has {known}." if known else "It has no issues.",
            field="number",
        )

    def within(self, window: Window) -> list[LoggedLink]:
        return [link for link in self.links if window.start <= link.day < window.end]


def read_link_log(data: bytes) -> LinkLog:
    """Raises InvalidInput, naming the entry, if the data is not a link log."""
    try:
        log = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is not a link log, because it is not valid JSON.") from error
    if not isinstance(log, dict) or not isinstance(log.get("links"), list):
        raise InvalidInput("This is not a link log, because it has no “links” list.")
    return LinkLog(
        windows=tuple(_window(one, n) for n, one in enumerate(log.get("issues") or [], 1)),
        section_order=tuple(map(str, log.get("section_order") or ())),
        links=tuple(_link(one, n) for n, one in enumerate(log["links"], 1)),
    )


def issue_from_links(log: LinkLog, number: str, title: str) -> IssueContent:
    """`{number}` in the title is the number as the log writes it.

    Sections are in the order of the log, links in theirs by date; those without a section come
    first, and sections that the order does not know last.
    """
    window = log.window(number)
    sections: dict[str, list[EntryContent]] = {key: [] for key in ("", *log.section_order)}
    for link in sorted(log.within(window), key=lambda link: link.day):
        sections.setdefault(link.section, []).append(_entry(link))
    name = title.replace("{number}", number)
    counted = _NUMBER.fullmatch(number)
    return IssueContent(
        title=name,
        subject=name,
        preheader=" ".join(window.text.split())[:200],
        intro=window.text,
        number=int(counted[1]) if counted else None,
        sections=tuple(
            SectionContent(section, tuple(entries))
            for section, entries in sections.items()
            if entries
        ),
        issued_on=window.publish,
    )


def _entry(link: LoggedLink) -> EntryContent:
    """Titles are no Markdown; of a frame, which no mail shows, its address is left as a link."""
    source = domain_of_url(link.url)
    return EntryContent(
        title=_CODE.sub(r"\1", link.title),
        url=link.url,
        sources=(source,) if source else (),
        body=_FRAME.sub(lambda frame: f"[{domain_of_url(frame[1])}](<{frame[1]}>)", link.text),
    )


def _window(one: Any, place: int) -> Window:
    where = f"issue {place}"
    fields = _fields(one, where)
    end = _day(fields, "end", where)
    return Window(
        number=_text(fields, "issue", where),
        start=_day(fields, "start", where),
        end=end,
        publish=_day(fields, "publish", where) if fields.get("publish") else end,
        text=_text(fields, "text", where).strip(),
    )


def _link(one: Any, place: int) -> LoggedLink:
    where = f"link {place}"
    fields = _fields(one, where)
    return LoggedLink(
        day=_day(fields, "date", where),
        title=" ".join(_text(fields, "title", where).split()),
        url=_text(fields, "url", where).strip(),
        section=_text(fields, "category", where).strip(),
        text=_text(fields, "text", where).strip(),
    )


def _fields(one: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(one, dict):
        raise InvalidInput(f"In the log, {where} is not an object.")
    return one


def _text(fields: Mapping[str, Any], name: str, where: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"In the log, “{name}” of {where} is not text.")
    return value or ""


def _day(fields: Mapping[str, Any], name: str, where: str) -> date:
    try:
        return date.fromisoformat(_text(fields, name, where))
    except ValueError as error:
        raise InvalidInput(
            f"In the log, “{name}” of {where} is not a date.",
            advice="Write dates such as 2018-01-31.",
        ) from error

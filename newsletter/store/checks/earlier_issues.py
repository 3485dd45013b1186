"""Looks up links of earlier issues, and the fields that subscribers have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import case, exists, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.checks.link_rules import EarlierRun
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.domain.web_addresses import canonical_url, host_of
from newsletter.store.models import Entry, Issue, Section, Subscription

_HAS_RUN = (IssueState.SENT, IssueState.SENDING, IssueState.SCHEDULED, IssueState.IMPORTED)
_IS_IMPORTED = Issue.state == IssueState.IMPORTED
_LATEST_FIRST = (
    _IS_IMPORTED,
    case((_IS_IMPORTED, Issue.number), else_=Issue.id).desc(),
    Issue.id.desc(),
)
"""Issues of an archive ran before all that were sent from here, whenever they were imported."""
_ATTRIBUTE = "attribute."
_PLAIN, _ESCAPED = (
    re.compile(r"[a-z0-9.~_-]+", re.IGNORECASE),
    re.compile(r"%[0-9a-f]{2}", re.IGNORECASE),
)
_LINK = re.compile(r"https?://[^\s<>\"\]]+", re.IGNORECASE)


def earlier_runs(
    session: Session, newsletter_id: int, issue_id: int, urls: Iterable[str]
) -> dict[str, EarlierRun]:
    """The latest other issue that linked to each URL, by canonical URL.

    A link in the title of an entry takes precedence over a link within a text.
    """
    wanted = _Wanted({canonical_url(url) for url in urls} - {""})
    found: dict[str, EarlierRun] = {}
    if not wanted.keys:
        return found
    titled: set[str] = set()
    for (number, title, entry), url, text in _published_texts(session, newsletter_id, issue_id):
        for one, is_title in [(url, True), *((one, False) for one in wanted.links_in(text))]:
            key = wanted.key_of(one)
            if key and (key not in found or (is_title and key not in titled)):
                found[key] = EarlierRun(number, title, entry, is_title=is_title)
                titled.update({key} if is_title else ())
        if titled == wanted.keys:
            break
    return found


class _Wanted:
    """Canonical URLs that are looked for. `key_of` is asked of each link of a thousand issues, so
    it parses only those that have what one of them has, and each of these once.
    """

    def __init__(self, keys: set[str]) -> None:
        self.keys = keys
        self._hosts = {host_of(key) for key in keys}
        self._telling = {_telling_part(key) for key in keys}
        self._known: dict[str, str] = {}

    def key_of(self, url: str) -> str:
        """The canonical URL, "" unless it is wanted."""
        key = self._known.get(url)
        if key is None:
            lowered = url.lower()
            is_like = any(part in lowered for part in self._telling)
            key = canonical_url(url) if is_like else ""
            self._known[url] = key = key if key in self.keys else ""
        return key

    def links_in(self, markdown: str) -> Iterator[str]:
        lowered = markdown.lower()
        if "://" not in lowered or not any(host in lowered for host in self._hosts):
            return
        for found in _LINK.finditer(markdown):
            yield _trim_link(found[0])


def _telling_part(key: str) -> str:
    """The longest piece behind the host that is written the same way in every form of the URL."""
    host = host_of(key)
    behind = key.partition(host)[2]
    return max(_PLAIN.findall(_ESCAPED.sub("/", behind)), key=len, default=host).lower()


def _published_texts(
    session: Session, newsletter_id: int, issue_id: int
) -> Iterator[tuple[tuple[int | None, str, str], str, str]]:
    """(number, title and entry where it ran), link of its title, Markdown: of entries, then of
    intros, the latest first.
    """
    has_run = (
        Issue.newsletter_id == newsletter_id,
        Issue.id != issue_id,
        Issue.state.in_(_HAS_RUN),
    )
    entries = (
        select(Issue.number, Issue.title, Entry.title, Entry.url, Entry.body)
        .join(Section, Section.issue_id == Issue.id)
        .join(Entry, Entry.section_id == Section.id)
        .where(*has_run, or_(Entry.url != "", Entry.body.contains("://")))
        .order_by(*_LATEST_FIRST, Section.position.desc(), Entry.position.desc())
        .execution_options(yield_per=2000)
    )
    for number, title, entry, url, body in session.execute(entries):
        yield (number, title, entry), url, body
    section_intros = (
        select(Issue.number, Issue.title, Section.intro)
        .join(Section, Section.issue_id == Issue.id)
        .where(*has_run, Section.intro.contains("://"))
    )
    intros = select(Issue.number, Issue.title, Issue.intro).where(
        *has_run, Issue.intro.contains("://")
    )
    for some in (section_intros, intros):
        for number, title, intro in session.execute(some.order_by(*_LATEST_FIRST)):
            yield (number, title, ""), "", intro


def _trim_link(url: str) -> str:
    """Cuts off what follows a URL in Markdown. A bracket opened within the URL belongs to it."""
    depth = 0
    for end, character in enumerate(url):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return url[:end]
    return url.rstrip(".,;:!?'*_")


def known_fields(session: Session, newsletter_id: int, fields: Iterable[str]) -> dict[str, bool]:
    """Whether any active subscriber has a value, for `name` and each `attribute.…` in `fields`."""
    found: dict[str, bool] = {}
    for field in set(fields):
        if field.lower() == "name":
            condition = Subscription.name != ""
        elif field.lower().startswith(_ATTRIBUTE):
            key = field[len(_ATTRIBUTE) :].strip()
            condition = Subscription.attributes[key].as_string() != ""
        else:
            continue
        has = exists().where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
            condition,
        )
        found[field] = bool(session.scalar(select(has)))
    return found

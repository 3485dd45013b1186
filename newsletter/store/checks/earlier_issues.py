"""Looks up links of earlier issues, and the fields that subscribers have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import case, exists, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.issues import IssueState
from newsletter.domain.link_rules import EarlierRun
from newsletter.domain.web_addresses import canonical_url, host_of
from newsletter.store.models import Entry, Issue, Section, Subscription

_HAS_RUN = (IssueState.SENT, IssueState.SENDING, IssueState.SCHEDULED, IssueState.IMPORTED)
_IS_IMPORTED = Issue.state == IssueState.IMPORTED
_BY_AGE = (_IS_IMPORTED.desc(), case((_IS_IMPORTED, Issue.number), else_=Issue.id), Issue.id)
"""Issues of an archive ran before all that were sent from here, whenever they were imported."""
_ATTRIBUTE = "attribute."
_LINK = re.compile(r"https?://[^\s<>\"\]]+", re.IGNORECASE)


def earlier_runs(
    session: Session, newsletter_id: int, issue_id: int, urls: Iterable[str]
) -> dict[str, EarlierRun]:
    """The latest other issue that linked to each URL, by canonical URL.

    A link in the title of an entry takes precedence over a link within a text.
    """
    wanted = {canonical_url(url): host_of(url) for url in urls}
    wanted.pop("", None)
    found: dict[str, EarlierRun] = {}
    if not wanted:
        return found
    hosts = set(wanted.values())
    for run, titled, text in _published_texts(session, newsletter_id, issue_id):
        for url, is_title in [(titled, True), *((one, False) for one in _links_in(text, hosts))]:
            # Cheaper than parsing each URL.
            if not any(host in url.lower() for host in hosts):
                continue
            key = canonical_url(url)
            if key in wanted and (is_title or key not in found or not found[key].is_title):
                found[key] = replace(run, is_title=is_title)
    return found


def _published_texts(
    session: Session, newsletter_id: int, issue_id: int
) -> Iterator[tuple[EarlierRun, str, str]]:
    """(where it ran, link of its title, Markdown) of intros and entries, the oldest first."""
    has_run = (
        Issue.newsletter_id == newsletter_id,
        Issue.id != issue_id,
        Issue.state.in_(_HAS_RUN),
    )
    intros = select(Issue.number, Issue.title, Issue.intro).where(
        *has_run, Issue.intro.contains("://")
    )
    for number, title, intro in session.execute(intros.order_by(*_BY_AGE)):
        yield EarlierRun(number, title, ""), "", intro
    section_intros = (
        select(Issue.number, Issue.title, Section.intro)
        .join(Section, Section.issue_id == Issue.id)
        .where(*has_run, Section.intro.contains("://"))
    )
    for number, title, intro in session.execute(section_intros.order_by(*_BY_AGE)):
        yield EarlierRun(number, title, ""), "", intro
    entries = (
        select(Issue.number, Issue.title, Entry.title, Entry.url, Entry.body)
        .join(Section, Section.issue_id == Issue.id)
        .join(Entry, Entry.section_id == Section.id)
        .where(*has_run, or_(Entry.url != "", Entry.body.contains("://")))
        .order_by(*_BY_AGE, Section.position, Entry.position)
        .execution_options(yield_per=2000)
    )
    for number, title, entry, url, body in session.execute(entries):
        yield EarlierRun(number, title, entry), url, body


def _links_in(markdown: str, hosts: set[str]) -> Iterator[str]:
    lowered = markdown.lower()
    if "://" not in lowered or not any(host in lowered for host in hosts):
        return
    for found in _LINK.finditer(markdown):
        yield _trim_link(found[0])


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

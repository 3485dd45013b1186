"""Reads what is public: newsletters and sent editions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import IssueContent, IssueState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.themes import theme_of
from newsletter.domain.pictures import media_names
from newsletter.rendering.edition.web_page import SocialCard, social_picture, web_page
from newsletter.store.issues.past_issues import has_past_issues, past_issue_id
from newsletter.store.models import Delivery, Edition, Issue
from newsletter.store.newsletters import all_newsletters, newsletter_by_slug, profile_of
from newsletter.store.pictures import pictures_of_names
from newsletter.urls import edition_url
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import prepare_content
from newsletter.usecases.issues.render_issue import read_issue

PAGE_LENGTH = 50
PAGES_KEPT = 64
_PAGES: dict[str, str] = {}
"""HTML of imported issues, by what it was made from: the largest take seconds to render."""


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    number: int
    title: str
    day: date | None
    """The issue's own date, or the day it was sent. None for an old one whose day nobody knows."""


@dataclass(frozen=True, slots=True)
class Archive:
    """`older` is the number to ask for the next page with, None on the last one."""

    profile: NewsletterProfile
    lines: tuple[ArchiveLine, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """`html` is a whole document, without anything personal. `version` changes with it."""

    version: str
    html: str
    sent_at: datetime | None
    """None for one that was sent elsewhere."""


def public_newsletters(context: Context) -> list[NewsletterProfile]:
    with context.database.read() as session:
        return [profile_of(newsletter) for newsletter in all_newsletters(session)]


def public_newsletter(context: Context, slug: str) -> NewsletterProfile:
    """Raises NotFound."""
    with context.database.read() as session:
        return profile_of(newsletter_by_slug(session, slug))


def latest_issue(context: Context, profile: NewsletterProfile) -> ArchiveLine | None:
    """Of those in the archive, by number. None while there is none."""
    with context.database.read() as session:
        lines = _lines(session, profile, most=1)
    return max(lines, key=lambda line: line.number, default=None)


def is_archive_empty(context: Context, newsletter_id: int) -> bool:
    with context.database.read() as session:
        return not has_past_issues(session, newsletter_id)


def list_archive(context: Context, slug: str, before: int | None = None) -> Archive:
    """The newest first, from the one after number `before` on.

    A cancelled issue is listed if someone received it.
    """
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
        lines = newest_first(_lines(session, profile))
    start = next((at for at, line in enumerate(lines, 1) if line.number == before), 0)
    if before is not None and not start:
        lines = [line for line in lines if line.number < before]
    shown = tuple(lines[start : start + PAGE_LENGTH])
    has_more = len(lines) > start + PAGE_LENGTH
    return Archive(profile, shown, shown[-1].number if has_more else None)


def newest_first(lines: Iterable[ArchiveLine]) -> list[ArchiveLine]:
    """One without a day comes right after the one that has the number before it."""
    placed: list[tuple[date, int, ArchiveLine]] = []
    day = date.min
    for line in sorted(lines, key=lambda line: line.number):
        day = line.day or day
        placed.append((day, line.number, line))
    return [line for *_, line in sorted(placed, key=lambda one: one[:2], reverse=True)]


def read_edition(context: Context, slug: str, number: int) -> PublicEdition:
    """Raises NotFound."""
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        profile = profile_of(newsletter)
        row = session.execute(
            select(
                Edition.id, Edition.html, Edition.frozen_at, Edition.subject, Issue.title,
                Issue.preheader,
            )
            .join(Issue, Issue.id == Edition.issue_id)
            .where(Edition.newsletter_id == newsletter.id, Edition.number == number)
        ).one_or_none()  # fmt: skip
        imported = None if row else past_issue_id(session, newsletter.id, number)
    if row:
        found = PublicEdition(f"edition-{row.id}", row.html, row.frozen_at)
        return _as_page(context, found, profile, number, row.title or row.subject, row.preheader)
    if imported is None:
        raise NotFound(
            f"{newsletter.name} has not sent an issue {number}.",
            advice="The archive lists all sent issues.",
        )
    found, content = _rendered(context, imported)
    title = content.title or content.subject
    return _as_page(context, found, profile, number, title, content.preheader)


def _as_page(  # noqa: PLR0913, PLR0917  what its card says
    context: Context,
    found: PublicEdition,
    profile: NewsletterProfile,
    number: int,
    title: str,
    description: str,
) -> PublicEdition:
    public_url = context.settings.public_url
    with context.database.read() as session:
        pictures = pictures_of_names(session, media_names(found.html))
    fallback = theme_of(profile.theme).social_url
    card = SocialCard(
        title=title,
        description=description or profile.description,
        url=edition_url(public_url, profile.slug, number),
        site=profile.name,
        picture=social_picture(found.html, pictures, fallback, public_url),
    )
    seen = sha256(repr((card, sorted(pictures))).encode()).hexdigest()[:16]
    html = web_page(found.html, pictures, card, public_url)
    return PublicEdition(f"{found.version}-{seen}", html, found.sent_at)


def _lines(
    session: Session, profile: NewsletterProfile, most: int | None = None
) -> list[ArchiveLine]:
    """All, or the `most` with the highest numbers of those sent here, and of those imported."""
    zone = ZoneInfo(profile.time_zone)
    was_received = exists().where(
        Delivery.edition_id == Edition.id, Delivery.state == DeliveryState.ACCEPTED
    )
    sent = session.execute(
        select(Edition.number, Issue.title, Issue.issued_on, Edition.frozen_at)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(
            Edition.newsletter_id == profile.id,
            or_(Issue.state != IssueState.CANCELLED, was_received),
        )
        .order_by(Edition.number.desc())
        .limit(most)
    )
    lines = [
        ArchiveLine(number, title, day or frozen_at.astimezone(zone).date())
        for number, title, day, frozen_at in sent
    ]
    imported = session.execute(
        select(Issue.number, Issue.title, Issue.issued_on)
        .where(Issue.newsletter_id == profile.id, Issue.state == IssueState.IMPORTED)
        .order_by(Issue.number.desc())
        .limit(most)
    )
    return [*lines, *(ArchiveLine(number or 0, title, day) for number, title, day in imported)]


def _rendered(context: Context, issue_id: int) -> tuple[PublicEdition, IssueContent]:
    """An imported issue has no edition: its page is made when someone looks, in today's design."""
    written, settings = read_issue(context, issue_id), context.settings
    said = (settings.public_url, settings.templates_dir, written.content, written.profile)
    version = sha256(repr(said).encode()).hexdigest()
    html = _PAGES.get(version)
    if html is None:
        html = prepare_content(settings, written.content, written.profile, None).public_html()
        if len(_PAGES) >= PAGES_KEPT:
            _PAGES.clear()
        _PAGES[version] = html
    return PublicEdition(version, html, None), written.content

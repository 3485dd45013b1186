"""Reads what is public: newsletters and sent editions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, or_, select

from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.errors import NotFound
from newsletter.domain.issues import IssueState
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.store.models import Delivery, Edition, Issue
from newsletter.store.newsletters import all_newsletters, newsletter_by_slug, profile_of
from newsletter.usecases.context import Context

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    number: int
    title: str
    issued_on: date | None
    """The issue's own date, None where it is the day of `sent_at`."""
    sent_at: datetime

    @property
    def day(self) -> date | datetime:
        """What the issue itself says; a moment is a day in the newsletter's time zone."""
        return self.issued_on or self.sent_at


@dataclass(frozen=True, slots=True)
class Archive:
    """`older` is the number to ask for the next page with, None on the last one."""

    profile: NewsletterProfile
    lines: tuple[ArchiveLine, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """`html` is a whole document, without anything personal."""

    id: int
    html: str
    sent_at: datetime


def public_newsletters(context: Context) -> list[NewsletterProfile]:
    with context.database.read() as session:
        return [profile_of(newsletter) for newsletter in all_newsletters(session)]


def public_newsletter(context: Context, slug: str) -> NewsletterProfile:
    """Raises NotFound."""
    with context.database.read() as session:
        return profile_of(newsletter_by_slug(session, slug))


def list_archive(context: Context, slug: str, before: int | None = None) -> Archive:
    """The newest first. A cancelled issue is listed if somebody received it."""
    was_received = exists().where(
        Delivery.edition_id == Edition.id, Delivery.state == DeliveryState.ACCEPTED
    )
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
        wanted = (
            select(Edition.number, Issue.title, Issue.issued_on, Edition.frozen_at)
            .join(Issue, Issue.id == Edition.issue_id)
            .where(
                Edition.newsletter_id == profile.id,
                or_(Issue.state != IssueState.CANCELLED, was_received),
            )
            .order_by(Edition.number.desc())
            .limit(PAGE_LENGTH + 1)
        )
        if before is not None:
            wanted = wanted.where(Edition.number < before)
        rows = session.execute(wanted).all()
    lines = tuple(ArchiveLine(*row) for row in rows[:PAGE_LENGTH])
    return Archive(profile, lines, lines[-1].number if len(rows) > PAGE_LENGTH else None)


def read_edition(context: Context, slug: str, number: int) -> PublicEdition:
    """Raises NotFound."""
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = session.execute(
            select(Edition.id, Edition.html, Edition.frozen_at).where(
                Edition.newsletter_id == newsletter.id, Edition.number == number
            )
        ).one_or_none()
    if row is None:
        raise NotFound(
            f"{newsletter.name} has not sent an issue {number}.",
            advice="The archive lists all sent issues.",
        )
    return PublicEdition(row.id, row.html, row.frozen_at)

"""Sponsors are booked for days, listed with what overlaps, and cancelled."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.domain.actions import Action
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.sponsors import (
    Sponsor,
    label_problems,
    overlaps_of,
    sponsor_problems,
)
from newsletter.domain.problems import raise_problems
from newsletter.domain.staff.principals import Principal
from newsletter.domain.web_addresses import with_scheme
from newsletter.store.events import record_event
from newsletter.store.models import SponsorRow
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.store.sponsors import sponsor_row, sponsors_of
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


@dataclass(frozen=True, slots=True)
class BookedSponsors:
    """`overlaps` has, by id, the others at the same place on the same day."""

    profile: NewsletterProfile
    sponsors: tuple[Sponsor, ...]
    overlaps: dict[int | None, list[Sponsor]]


def list_sponsors(context: Context, slug: str, principal: Principal) -> BookedSponsors:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "list_sponsors", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        sponsors = sponsors_of(session, newsletter.id)
        return BookedSponsors(profile_of(newsletter), tuple(sponsors), overlaps_of(sponsors))


def book_sponsor(context: Context, slug: str, booking: Sponsor, principal: Principal) -> int:
    """Its id. One that overlaps is booked all the same. Raises InvalidFields."""
    require_for_newsletter(context, principal, "book_sponsor", slug)
    tidied = replace(
        booking, title=booking.title.strip(), url=with_scheme(booking.url.strip()), id=None
    )
    raise_problems(sponsor_problems(tidied))
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = SponsorRow(
            newsletter_id=newsletter.id,
            title=tidied.title,
            url=tidied.url,
            body=tidied.body,
            starts_on=tidied.starts_on,
            ends_on=tidied.ends_on,
            after_sections=tidied.after_sections,
            booked_at=context.now(),
            booked_by=principal.name,
        )
        session.add(row)
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_SPONSOR_BOOKED,
            subject_id=newsletter.id,
            facts={"title": tidied.title},
        )
        session.flush()
        return row.id


def cancel_sponsor(context: Context, slug: str, sponsor_id: int, principal: Principal) -> None:
    """Issues that were sent keep it: an edition is frozen. It can be brought back for a while.
    Raises NotFound.
    """
    require_for_newsletter(context, principal, "cancel_sponsor", slug)
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        row = sponsor_row(session, newsletter.id, sponsor_id)
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_SPONSOR_CANCELLED,
            subject_id=newsletter.id,
            facts={"title": row.title},
        )
        row.deleted_at, row.deleted_by = context.now(), principal.name


def set_sponsor_label(context: Context, slug: str, label: str, principal: Principal) -> None:
    """The words above each sponsor, in the newsletter's language; "" for ours. Raises
    InvalidFields.
    """
    require_for_newsletter(context, principal, "set_sponsor_label", slug)
    label = " ".join(label.split())
    raise_problems(label_problems(label))
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        own = {**newsletter.sponsor_labels, newsletter.language: label}
        newsletter.sponsor_labels = {tag: words for tag, words in own.items() if words}
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_SETTINGS_CHANGED,
            subject_id=newsletter.id,
        )

"""Finds newsletters, and reads a newsletter's profile."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.clicks.counted_links import ClickCounting
from newsletter.domain.errors import NotFound
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.reader_sections import SectionsAsked
from newsletter.store.models import Newsletter


def profile_of(newsletter: Newsletter) -> NewsletterProfile:
    return NewsletterProfile(
        id=newsletter.id,
        slug=newsletter.slug,
        name=newsletter.name,
        description=newsletter.description,
        sender_name=newsletter.sender_name,
        sender_address=newsletter.sender_address,
        reply_to=newsletter.reply_to,
        postal_address=newsletter.postal_address,
        time_zone=newsletter.time_zone,
        language=newsletter.language,
        list_label=newsletter.list_label,
        undo_minutes=newsletter.undo_minutes,
        canary_percent=newsletter.canary_percent,
        canary_threshold_percent=newsletter.canary_threshold_percent,
        soft_bounce_issues=newsletter.soft_bounce_issues,
        soft_bounce_days=newsletter.soft_bounce_days,
        clicks=ClickCounting(newsletter.clicks),
        link_parameters=newsletter.link_parameters,
        theme=dict(newsletter.theme),
        sponsor_labels=dict(newsletter.sponsor_labels),
        base_url=newsletter.base_url,
        layout=newsletter.layout,
        reader_sections=newsletter.reader_sections,
        sections_asked=SectionsAsked(newsletter.sections_asked),
    )


def newsletter_by_slug(session: Session, slug: str) -> Newsletter:
    """Raises NotFound."""
    found = session.scalar(select(Newsletter).where(Newsletter.slug == slug))
    if found is None:
        raise no_such_newsletter()
    return found


def no_such_newsletter() -> NotFound:
    """Also for someone who may not know that there is one."""
    return NotFound("No newsletter has this name.")


def newsletter_by_id(session: Session, newsletter_id: int) -> Newsletter:
    """Raises NotFound."""
    found = session.get(Newsletter, newsletter_id)
    if found is None:
        raise NotFound("This newsletter does not exist.")
    return found


def all_newsletters(session: Session) -> list[Newsletter]:
    return list(session.scalars(select(Newsletter).order_by(Newsletter.id)))


def lock_newsletter(session: Session, newsletter_id: int) -> None:
    """Until the transaction ends, against others who lock it; what belongs to it can be added."""
    row = select(Newsletter.id).where(Newsletter.id == newsletter_id)
    session.execute(row.with_for_update(key_share=True))

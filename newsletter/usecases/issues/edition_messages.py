"""Makes the messages of an edition: real copies, tests and proofs."""

from __future__ import annotations

from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.addresses import domain_of
from newsletter.rendering.edition.edition import RenderedEdition
from newsletter.rendering.message.message import IssueMessages
from newsletter.urls import archive_url, signup_url


def edition_messages(  # noqa: PLR0913  what may differ between a real copy and a trial
    settings: Settings,
    edition: RenderedEdition,
    profile: NewsletterProfile,
    *,
    date: datetime,
    campaign: str,
    subject_prefix: str = "",
) -> IssueMessages:
    """`campaign` is the first field of Feedback-ID: what mailbox providers count complaints by.

    Raises InvalidInput for a newsletter whose headers can't be made.
    """
    return IssueMessages(
        edition,
        profile,
        date=date,
        archive_url=archive_url(settings.public_url, profile.slug),
        help_url=signup_url(settings.public_url, profile.slug),
        list_domain=settings.public_host,
        feedback_id=f"{campaign}:{profile.slug}:newsletter:{domain_of(profile.sender_address)}",
        subject_prefix=subject_prefix,
    )

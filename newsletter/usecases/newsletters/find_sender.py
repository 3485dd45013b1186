"""The newsletter that mail to editors comes from: they belong to none of their own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.errors import Misconfigured
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.store.newsletters import all_newsletters, profile_of


def find_sender(session: Session) -> NewsletterProfile:
    """The first one that has a sender address. Raises Misconfigured if none has."""
    profiles = (profile_of(newsletter) for newsletter in all_newsletters(session))
    for profile in profiles:
        if profile.has_sender:
            return profile
    raise Misconfigured(
        "No newsletter has a sender address, so sign-in links can't be sent.",
        advice="Run `newsletter editor link` on the server, then fill in the sender's address.",
    )

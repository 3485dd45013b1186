"""One reader's copy of an edition: the message and the addresses on its envelope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.addresses import domain_of
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.mail.envelope import Envelope
from newsletter.mail.message_ids import delivery_message_id
from newsletter.mail.verp import verp_sender
from newsletter.rendering.edition import RenderedEdition
from newsletter.rendering.message import build_issue_message
from newsletter.rendering.personal import ReaderValues
from newsletter.store.ledger import Claimed
from newsletter.usecases.context import Context
from newsletter.usecases.links import (
    archive_url,
    preferences_url,
    signup_url,
    unsubscribe_url,
)


@dataclass(frozen=True, slots=True)
class FrozenEdition:
    """What all copies of an edition have in common, loaded once for a batch."""

    id: int
    issue_id: int
    frozen_at: datetime
    expires_at: datetime
    rendered: RenderedEdition
    profile: NewsletterProfile


def compose_copy(
    context: Context, edition: FrozenEdition, reader: Claimed
) -> tuple[Envelope, bytes]:
    """The same bytes at every attempt, Message-ID and Date included; not yet signed by DKIM."""
    settings, profile = context.settings, edition.profile
    leave_url = unsubscribe_url(context, reader.subscription_id, edition.id)
    domain = domain_of(profile.sender_address)
    message = build_issue_message(
        edition.rendered,
        profile,
        ReaderValues(
            address=reader.address,
            name=reader.name,
            unsubscribe_url=leave_url,
            preferences_url=preferences_url(context, reader.subscription_id),
            attributes=reader.attributes,
        ),
        message_id=delivery_message_id(edition.id, reader.subscriber_id, edition.frozen_at, domain),
        date=edition.frozen_at,
        one_click_url=leave_url,
        archive_url=archive_url(context, profile.slug),
        help_url=signup_url(context, profile.slug),
        list_domain=settings.public_host,
        feedback_id=f"issue{edition.issue_id}:{profile.slug}:newsletter:{domain}",
    )
    sender = envelope_sender(settings, profile, "d", (edition.id, reader.subscriber_id))
    return Envelope(sender, reader.address), message


def envelope_sender(
    settings: Settings, profile: NewsletterProfile, kind: str, ids: tuple[int, ...]
) -> str:
    """VERP on the bounce domain; without one, bounces go to the sender's own mailbox."""
    if not settings.bounce_domain:
        return profile.sender_address
    return verp_sender(kind, ids, settings.bounce_domain, settings.secret_keys)

"""One reader's copy of an edition: the message and the addresses on its envelope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.addresses import domain_of
from newsletter.mail.envelope import Envelope
from newsletter.mail.message_ids import delivery_message_id
from newsletter.mail.verp import verp_sender
from newsletter.rendering.edition.edition import RenderedEdition
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.store.sending.ledger import Claimed
from newsletter.urls import preferences_url, unsubscribe_url
from newsletter.usecases.context import Context
from newsletter.usecases.issues.edition_messages import edition_messages


@dataclass(frozen=True, slots=True)
class FrozenEdition:
    """What all copies of an edition have in common, loaded once for a batch."""

    id: int
    issue_id: int
    frozen_at: datetime
    expires_at: datetime
    rendered: RenderedEdition
    profile: NewsletterProfile


class Composer:
    """Makes the copies of one edition."""

    def __init__(self, context: Context, edition: FrozenEdition) -> None:
        """Raises InvalidInput for a newsletter whose headers can't be made."""
        profile = edition.profile
        self._context = context
        self._edition = edition
        self._domain = domain_of(profile.sender_address)
        self._inbound_domain = context.settings.inbound_verp_domain
        self._names_reader = edition.rendered.names_reader_in_links
        self._messages = edition_messages(
            context.settings,
            edition.rendered,
            profile,
            date=edition.frozen_at,
            campaign=f"issue{edition.issue_id}",
        )

    def compose(self, reader: Claimed) -> tuple[Envelope, bytes]:
        """The same bytes at every attempt, Message-ID and Date included; not yet signed by DKIM.

        Raises InvalidInput for an address that no mail can go to.
        """
        context, edition = self._context, self._edition
        public_url, signer = context.settings.public_url, context.signer
        leave_token = signer.sign_unsubscribe(reader.subscription_id, edition.id)
        leave_url = unsubscribe_url(public_url, leave_token)
        values = ReaderValues(
            reader.address,
            reader.name,
            leave_url,
            preferences_url(public_url, signer.sign_preferences(reader.subscription_id)),
            reader.attributes,
            signer.sign_click(edition.issue_id, reader.subscriber_id) if self._names_reader else "",
        )
        ids = (edition.id, reader.subscriber_id)
        message_id = delivery_message_id(*ids, edition.frozen_at, self._domain)
        mail_to = self._unsubscribe_address(reader.subscription_id)
        message = self._messages.copy(values, message_id, leave_url, mail_to)
        sender = envelope_sender(context.settings, edition.profile, "d", ids)
        return Envelope(sender, reader.address), message

    def _unsubscribe_address(self, subscription_id: int) -> str:
        """Where the reader can ask to leave by mail; "" while no door for it is open."""
        if not self._inbound_domain:
            return ""
        keys = self._context.settings.secret_keys
        return verp_sender("u", (subscription_id, self._edition.id), self._inbound_domain, keys)


def envelope_sender(
    settings: Settings, profile: NewsletterProfile, kind: str, ids: tuple[int, ...]
) -> str:
    """VERP on the bounce domain; without one, bounces go to the sender's own mailbox."""
    if not settings.bounce_domain:
        return profile.sender_address
    return verp_sender(kind, ids, settings.bounce_domain, settings.secret_keys)

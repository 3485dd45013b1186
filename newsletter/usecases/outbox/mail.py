"""An outbox row as a message in its envelope, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.config import Settings
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.addresses import domain_of
from newsletter.mail.envelope import Envelope
from newsletter.mail.message_ids import outbox_message_id
from newsletter.store.models import OutboxMessage
from newsletter.usecases.sending.compose_copy import envelope_sender


class Gone(Exception):
    """The message is no longer needed. `state` is the final state of its row."""

    def __init__(self, state: DeliveryState, message: str) -> None:
        super().__init__(message)
        self.state = state


@dataclass(frozen=True, slots=True)
class Mail:
    """`on_accepted` is called in the transaction that records the relay's yes."""

    envelope: Envelope
    message: bytes
    on_accepted: Callable[[Session], None] | None = None


def message_id_of(row: OutboxMessage, profile: NewsletterProfile) -> str:
    """The same at every attempt."""
    return outbox_message_id(row.id, row.created_at, domain_of(profile.sender_address))


def envelope_to(
    settings: Settings, row: OutboxMessage, profile: NewsletterProfile, address: str
) -> Envelope:
    return Envelope(envelope_sender(settings, profile, "o", (row.id,)), address)

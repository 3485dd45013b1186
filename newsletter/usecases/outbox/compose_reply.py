"""A person's reply, forwarded to the newsletter's reply address."""

from __future__ import annotations

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.rendering.message.forwarded import Forwarded, build_forwarded
from newsletter.store.models import InboundMessage, Newsletter, OutboxMessage
from newsletter.store.newsletters import profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.mail import Gone, Mail, envelope_to, message_id_of


def compose_reply(context: Context, row: OutboxMessage) -> Mail:
    """Raises Gone when the reply is too old to be there, or nobody takes replies any more."""
    with context.database.read() as session:
        stored = session.get(InboundMessage, row.payload["inbound_id"])
        newsletter = session.get_one(Newsletter, row.newsletter_id)
    if stored is None or stored.content is None:
        raise Gone(DeliveryState.WITHDRAWN, "The reply was deleted.")
    profile = profile_of(newsletter)
    if not profile.reply_to:
        raise Gone(DeliveryState.WITHDRAWN, "The newsletter has no reply address any more.")
    message = build_forwarded(
        Forwarded(
            stored.content,
            row.payload["writer"],
            profile.sender_name or profile.name,
            profile.sender_address,
            profile.reply_to,
        ),
        message_id_of(row, profile),
        row.created_at,
    )
    return Mail(envelope_to(context.settings, row, profile, profile.reply_to), message)

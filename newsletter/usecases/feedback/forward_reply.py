"""A person's reply goes to the newsletter's reply address, and never round in a circle."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.orm import Session

from newsletter.domain.feedback.inbound import Whose
from newsletter.domain.feedback.verdicts import Clues
from newsletter.domain.outbox import OutboxKind
from newsletter.mail.message_ids import read_message_id
from newsletter.store.models import InboundMessage, Newsletter
from newsletter.store.newsletters import all_newsletters
from newsletter.store.outbox import add_to_outbox
from newsletter.usecases.context import Context

MOST_HOPS = 25
"""Received lines: a reader's mail has a handful, a circle soon has more."""
_HEADER_BYTES = 64_000
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)


def forward_reply(
    context: Context, session: Session, row: InboundMessage, clues: Clues, whose: Whose
) -> Sequence[int]:
    """The new row of the outbox, or nothing where nobody is to get it. The row keeps the reply."""
    newsletter = _newsletter(session, clues, whose)
    if newsletter is None or not newsletter.reply_to or not newsletter.sender_address:
        return ()
    if _is_circle(row.content or b"", clues, newsletter):
        return ()
    now = context.now()
    outbox_id = add_to_outbox(
        session,
        OutboxKind.REPLY,
        now=now,
        expires_at=now + context.settings.outbox_expiry,
        newsletter_id=newsletter.id,
        payload={"inbound_id": row.id, "writer": clues.writer},
    )
    return (outbox_id,)


def _newsletter(session: Session, clues: Clues, whose: Whose) -> Newsletter | None:
    """That of the copy, else the one whose address was written to, else the only one."""
    if whose.copy:
        return session.get(Newsletter, whose.copy.newsletter_id)
    newsletters = all_newsletters(session)
    addressed = {address.lower() for address in clues.addressed_to}
    for newsletter in newsletters:
        if addressed & {newsletter.sender_address.lower(), newsletter.reply_to.lower()} - {""}:
            return newsletter
    return newsletters[0] if len(newsletters) == 1 else None


def _is_circle(content: bytes, clues: Clues, newsletter: Newsletter) -> bool:
    head = re.split(rb"\r?\n\r?\n", content[:_HEADER_BYTES], maxsplit=1)[0]
    message_id = _MESSAGE_ID.search(head)
    is_ours = message_id and read_message_id(message_id[1].decode("ascii", "replace"))
    by_ourselves = clues.writer.lower() == newsletter.sender_address.lower()
    return bool(is_ours) or by_ourselves or len(_RECEIVED.findall(head)) > MOST_HOPS

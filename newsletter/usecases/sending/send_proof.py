"""An issue to colleagues before it goes out, with a note of what they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.addresses import address_key, parse_address
from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.principals import Principal
from newsletter.mail.smtp.relay import relay_from
from newsletter.store.events import record_event
from newsletter.store.issues.editions import issue_with_content
from newsletter.store.outbox import put_in_outbox
from newsletter.usecases.context import Context
from newsletter.usecases.sending.start_issue import render_issue

MOST_COLLEAGUES = 20
LONGEST_NOTE = 2000


def send_proof(
    context: Context, issue_id: int, addresses: Sequence[str], note: str, principal: Principal
) -> list[int]:
    """Ids for the outbox. Raises InvalidInput when it can't be sent so, naming the field."""
    relay_from(context.settings)
    colleagues = _colleagues(addresses)
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"A note has {LONGEST_NOTE} characters at most.", field="note")
    now = context.now()
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id)
        render_issue(context, issue, now)
        record_event(
            session,
            at=now,
            actor=principal.name,
            verb="sent a proof of",
            subject_kind="issue",
            subject_id=issue.id,
        )
        return [
            put_in_outbox(
                session,
                OutboxKind.PROOF,
                now=now,
                expires_at=now + context.settings.outbox_expiry,
                newsletter_id=issue.newsletter_id,
                payload={
                    "issue_id": issue.id,
                    "address": address,
                    "note": note,
                    "from": principal.name,
                },
            )
            for address in colleagues
        ]


def _colleagues(addresses: Sequence[str]) -> list[str]:
    parsed = (parse_address(one) for one in addresses if one.strip())
    found = list({address_key(one): one for one in parsed}.values())
    if not found:
        raise InvalidInput("A proof needs somebody to go to.", field="addresses")
    if len(found) > MOST_COLLEAGUES:
        raise InvalidInput(
            f"A proof goes to {MOST_COLLEAGUES} colleagues at most.",
            advice="Readers get the issue itself.",
            field="addresses",
        )
    return found

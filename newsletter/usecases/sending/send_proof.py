"""An issue to colleagues before it goes out, with a note of what they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.staff.principals import Principal
from newsletter.mail.smtp.relay import relay_from
from newsletter.store.events import record_event
from newsletter.store.outbox import add_to_outbox
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import read_issue, render_draft
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.sending.colleagues import some_addresses

LONGEST_NOTE = 2000


def send_proof(
    context: Context, issue_id: int, addresses: Sequence[str], note: str, principal: Principal
) -> list[int]:
    """Ids for the outbox. Raises InvalidInput when it can't be sent so, naming the field."""
    require_for_issue(context, principal, "send_proof", issue_id)
    relay_from(context.settings)
    colleagues = some_addresses(addresses, "proof")
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"Use at most {LONGEST_NOTE} characters.", field="note")
    now = context.now()
    written = read_issue(context, issue_id)
    render_draft(context.settings, written, now)
    with context.database.write() as session:
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_PROOF_SENT,
            subject_id=issue_id,
        )
        return [
            add_to_outbox(
                session,
                OutboxKind.PROOF,
                now=now,
                expires_at=now + context.settings.outbox_expiry,
                newsletter_id=written.profile.id,
                payload={
                    "issue_id": issue_id,
                    "address": address,
                    "note": note,
                    "from": principal.name,
                },
            )
            for address in colleagues
        ]

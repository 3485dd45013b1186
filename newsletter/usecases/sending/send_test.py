"""An issue to the editor alone, to see it in a real mail program."""

from __future__ import annotations

from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.principals import Principal
from newsletter.mail.smtp.relay import relay_from
from newsletter.store.events import record_event
from newsletter.store.issues.editions import issue_with_content
from newsletter.store.outbox import put_in_outbox
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.sending.start_issue import render_issue


def send_test(context: Context, issue_id: int, principal: Principal) -> list[int]:
    """Ids for the outbox. Raises InvalidInput when the issue can't be sent as it is."""
    relay_from(context.settings)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id)
        user = user_by_id(session, principal.id) if principal.id else None
        if user is None or not user.address:
            raise InvalidInput(
                "You have no address yet.", advice="Give it on your account page first."
            )
        render_issue(context, issue, context.now())
        outbox_id = put_in_outbox(
            session,
            OutboxKind.TEST,
            now=context.now(),
            expires_at=context.now() + context.settings.outbox_expiry,
            newsletter_id=issue.newsletter_id,
            user_id=user.id,
            payload={"issue_id": issue.id},
        )
        record_event(
            session,
            at=context.now(),
            actor=principal.name,
            verb="sent a test of",
            subject_kind="issue",
            subject_id=issue.id,
        )
        return [outbox_id]

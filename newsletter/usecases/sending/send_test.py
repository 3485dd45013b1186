"""An issue to the editor alone, to see it in a real mail program."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.principals import Principal
from newsletter.mail.smtp.relay import relay_from
from newsletter.store.events import record_event
from newsletter.store.outbox import add_to_outbox
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import read_issue, render_draft
from newsletter.usecases.permissions import require_for_issue


def send_test(context: Context, issue_id: int, principal: Principal) -> list[int]:
    """Ids for the outbox. Raises InvalidInput when the issue can't be sent as it is."""
    require_for_issue(context, principal, "send_test", issue_id)
    relay_from(context.settings)
    now = context.now()
    with context.database.read() as session:
        user = user_by_id(session, principal.id) if principal.id else None
    if user is None or not user.address:
        raise InvalidInput("Your account has no address.", advice="Add one on your account page.")
    written = read_issue(context, issue_id)
    render_draft(context.settings, written, now)
    with context.database.write() as session:
        outbox_id = add_to_outbox(
            session,
            OutboxKind.TEST,
            now=now,
            expires_at=now + context.settings.outbox_expiry,
            newsletter_id=written.profile.id,
            user_id=user.id,
            payload={"issue_id": issue_id},
        )
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.ISSUE_TEST_SENT,
            subject_id=issue_id,
        )
        return [outbox_id]

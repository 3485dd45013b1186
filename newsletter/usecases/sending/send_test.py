"""An issue to the editor or to a few addresses, to see it in real mail programs."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.staff.principals import Principal
from newsletter.mail.smtp.relay import relay_from
from newsletter.store.events import record_event
from newsletter.store.models import User
from newsletter.store.outbox import add_to_outbox
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import read_issue, render_draft
from newsletter.usecases.permissions import require_for_issue
from newsletter.usecases.sending.colleagues import some_addresses


def send_test(
    context: Context, issue_id: int, principal: Principal, addresses: Sequence[str] = ()
) -> list[int]:
    """To these addresses, or without any to the editor who asks. Ids for the outbox.

    Raises InvalidInput when the issue can't be sent as it is, naming the field of an address.
    """
    require_for_issue(context, principal, "send_test", issue_id)
    relay_from(context.settings)
    wanted = some_addresses(addresses, "test") if addresses else []
    user = None if wanted else _own_account(context, principal)
    written = read_issue(context, issue_id)
    now = context.now()
    render_draft(context.settings, written, now)
    with context.database.write() as session:
        record_event(
            session, at=now, who=principal, action=Action.ISSUE_TEST_SENT, subject_id=issue_id
        )
        return [
            add_to_outbox(
                session,
                OutboxKind.TEST,
                now=now,
                expires_at=now + context.settings.outbox_expiry,
                newsletter_id=written.profile.id,
                user_id=user.id if user else None,
                payload={"issue_id": issue_id} | ({"address": address} if address else {}),
            )
            for address in wanted or [""]
        ]


def _own_account(context: Context, principal: Principal) -> User:
    with context.database.read() as session:
        user = user_by_id(session, principal.id) if principal.id else None
    if user is None or not user.address:
        raise InvalidInput("Your account has no address.", advice="Add one on your account page.")
    return user

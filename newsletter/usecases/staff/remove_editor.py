"""Removes an editor. Their sessions, links and mails to them end with the commit."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.permissions import require
from newsletter.domain.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.outbox import withdraw_mails_to_user
from newsletter.store.staff import all_users, user_by_id
from newsletter.usecases.context import Context


def remove_editor(context: Context, user_id: int, principal: Principal) -> str:
    """Returns their address. What they did stays in the history, under their name.

    Raises NotFound, or Conflict for oneself and for the last one.
    """
    require(principal, "remove_editor")
    now = context.now()
    with context.database.write() as session:
        user = user_by_id(session, user_id)
        if principal.is_editor(user_id):
            raise Conflict("You can't remove yourself.", advice="Ask another editor to do it.")
        if len(all_users(session, lock=True)) == 1:
            raise Conflict("This is the only editor.", advice="Add another one first.")
        address = user.address
        withdraw_mails_to_user(session, user_id, now)
        record_event(
            session,
            at=now,
            who=principal,
            action=Action.USER_REMOVED,
            subject_id=user_id,
            facts={"address": address},
        )
        session.delete(user)
    return address

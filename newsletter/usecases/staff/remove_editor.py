"""Removes an editor. Their sessions, links and mails to them end with the commit."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.outbox import withdraw_mails_to_user
from newsletter.store.roles import newsletters_owned_alone
from newsletter.store.staff import user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.administrators import require_another_administrator


def remove_editor(context: Context, user_id: int, principal: Principal) -> str:
    """Returns their address. What they did stays in the history, under their name.

    Raises NotFound, or Conflict for oneself, for the last administrator, and for the only owner of
    a newsletter.
    """
    require(principal, "remove_editor")
    now = context.now()
    with context.database.write() as session:
        user = user_by_id(session, user_id)
        if principal.is_editor(user_id):
            raise Conflict("You can't remove yourself.", advice="Ask another editor to do it.")
        require_another_administrator(session, user)
        owned = newsletters_owned_alone(session, user_id)
        if owned:
            raise _would_be_nobodys(owned)
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


def _would_be_nobodys(newsletters: list[str]) -> Conflict:
    names = ", ".join(newsletters)
    return Conflict(
        f"They are the only owner of {names}.",
        advice="Hand it over first: on its page People, or with `newsletter editor hand-over`.",
    )

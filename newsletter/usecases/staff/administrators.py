"""Who runs the server. There is always an administrator."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import User
from newsletter.store.staff import all_users, user_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.staff.editor import record_for_editor


def make_administrator(context: Context, user_id: int, principal: Principal) -> None:
    """In effect with their next request. Raises NotFound."""
    require(principal, "make_administrator")
    with context.database.write() as session:
        user = user_by_id(session, user_id)
        if user.administrator_since is None:
            user.administrator_since = context.now()
            _record(context, session, Action.USER_ROLE_GIVEN, user, principal)


def dismiss_administrator(context: Context, user_id: int, principal: Principal) -> None:
    """Their roles in newsletters stay. Raises NotFound, and Conflict for the last one."""
    require(principal, "dismiss_administrator")
    with context.database.write() as session:
        user = user_by_id(session, user_id)
        require_another_administrator(session, user)
        if user.administrator_since is not None:
            user.administrator_since = None
            _record(context, session, Action.USER_ROLE_TAKEN, user, principal)


def require_another_administrator(session: Session, user: User) -> None:
    """Keeps others from being removed meanwhile. Raises Conflict."""
    users = all_users(session, lock=True)
    if len(users) == 1:
        raise Conflict("This is the only editor.", advice="Add another one first.")
    if {one.id for one in users if one.administrator_since} == {user.id}:
        raise Conflict(
            "This is the only administrator.", advice="Make someone else an administrator first."
        )


def _record(
    context: Context, session: Session, action: Action, user: User, principal: Principal
) -> None:
    record_for_editor(context, session, user, action, principal, role="administrator")

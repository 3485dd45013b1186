"""Adds an editor: with a role in newsletters, as an administrator, or with an account alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.addresses import parse_address
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal, PrincipalKind
from newsletter.domain.staff.roles import Role
from newsletter.store.factors import have_second_factor
from newsletter.store.models import User
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.outbox import add_to_outbox
from newsletter.store.roles import give_role
from newsletter.store.staff import add_user, all_users, find_user
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.find_sender import find_sender
from newsletter.usecases.staff.editor import Editor, checked_name, editor_of, record_for_editor

NO_ROLES: Mapping[str, Role] = MappingProxyType({})


def add_editor(  # noqa: PLR0913  who, and as what
    context: Context,
    address: str,
    name: str,
    principal: Principal,
    *,
    roles: Mapping[str, Role] = NO_ROLES,
    is_administrator: bool = False,
) -> list[int]:
    """`roles` by slug. Puts an invitation in the outbox, and returns its id. Raises InvalidInput,
    NotFound for a slug, and Misconfigured where no mail can be sent.
    """
    require(principal, "add_editor")
    checked_address, name = parse_address(address), checked_name(name)
    now = context.now()
    with context.database.write() as session:
        find_sender(session)
        if find_user(session, checked_address) is not None:
            raise InvalidInput("An editor already has this address.", field="address")
        user = add_user(
            session,
            address=checked_address,
            name=name,
            now=now,
            is_administrator=is_administrator,
        )
        facts = {"role": "administrator"} if is_administrator else {}
        record_for_editor(context, session, user, Action.USER_ADDED, principal, **facts)
        for slug, role in roles.items():
            newsletter_id = newsletter_by_slug(session, slug).id
            give_role(session, newsletter_id, user.id, role, principal.name, now)
            given: dict[str, str | int] = {"newsletter_id": newsletter_id, "role": role}
            record_for_editor(context, session, user, Action.USER_ROLE_GIVEN, principal, **given)
        return [_put_invitation_in_outbox(context, session, user, principal)]


def list_editors(context: Context, principal: Principal) -> list[Editor]:
    require(principal, "list_editors")
    with context.database.read() as session:
        users = [user for user in all_users(session) if user.address]
        have_one = have_second_factor(session, [user.id for user in users])
        return [replace(editor_of(session, user), has_factor=user.id in have_one) for user in users]


def _put_invitation_in_outbox(
    context: Context, session: Session, user: User, principal: Principal
) -> int:
    return add_to_outbox(
        session,
        OutboxKind.INVITATION,
        now=context.now(),
        expires_at=context.now() + context.settings.outbox_expiry,
        user_id=user.id,
        payload={"from": _name_of(session, principal)},
    )


def _name_of(session: Session, principal: Principal) -> str:
    """As people know them: an editor by their own name where they gave one."""
    user = session.get(User, principal.id) if principal.kind is PrincipalKind.EDITOR else None
    return (user.name if user else "") or principal.name

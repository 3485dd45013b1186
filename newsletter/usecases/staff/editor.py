"""An editor, as the use cases hand them to the doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.store.events import record_event
from newsletter.store.factors import closed_without_factor
from newsletter.store.models import User
from newsletter.store.roles import roles_of
from newsletter.usecases.context import Context

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor who is signed in, or could be.

    `roles` by newsletter id. `session_key` names the session in which they are, "" for none.
    """

    id: int
    address: str
    name: str
    has_password: bool
    signed_in_at: datetime | None
    is_administrator: bool = False
    roles: Mapping[int, Role] = field(default_factory=dict, hash=False)
    closed: frozenset[int] = frozenset()
    """Newsletters that wait for their second factor."""
    has_factor: bool = False
    """Whether they have a second factor: only in the list of editors."""
    session_key: str = ""
    outbox_ids: tuple[int, ...] = ()
    """The outbox rows that the use case added."""

    @property
    def is_set_up(self) -> bool:
        return bool(self.address and self.has_password)

    @property
    def principal(self) -> Principal:
        """An administrator works on every newsletter: one that waits closes all of the server."""
        name = self.name or self.address or "the first editor"
        if self.is_administrator and not self.closed:
            return Principal.administrator(self.id, name)
        roles = {} if self.is_administrator else self.roles
        return Principal.editor(self.id, name, roles, self.closed)

    @property
    def shown_name(self) -> str:
        return self.name or self.address or "Editor"


def editor_of(
    session: Session, user: User, session_key: str = "", outbox_ids: tuple[int, ...] = ()
) -> Editor:
    return Editor(
        id=user.id,
        address=user.address,
        name=user.name,
        has_password=bool(user.password_hash),
        signed_in_at=user.signed_in_at,
        is_administrator=user.administrator_since is not None,
        roles=roles_of(session, user.id),
        closed=closed_without_factor(session, user),
        session_key=session_key,
        outbox_ids=outbox_ids,
    )


def record_for_editor(
    context: Context,
    session: Session,
    user: User,
    action: Action,
    principal: Principal | None = None,
    **facts: str | int,
) -> None:
    """Adds an event to the editor's history. Without `principal` they did it themselves."""
    record_event(
        session,
        at=context.now(),
        who=principal or replace(editor_of(session, user).principal, origin=context.origin()),
        action=action,
        subject_id=user.id,
        facts=facts,
    )


def checked_name(name: str) -> str:
    """Raises InvalidInput."""
    given = name.strip()
    if len(given) > LONGEST_NAME or any(ord(character) < 32 for character in given):
        raise InvalidInput(f"Use one line of at most {LONGEST_NAME} characters.", field="name")
    return given

"""Who is asking. A door makes a principal once: from a session, a token or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from newsletter.domain.staff.origins import AT_COMMAND_LINE, NOWHERE, Origin
from newsletter.domain.staff.roles import ROLE_SCOPES, Role
from newsletter.domain.staff.scopes import ALL_SCOPES, Scope


class PrincipalKind(StrEnum):
    EDITOR = "editor"
    COMMAND_LINE = "command line"
    STRANGER = "stranger"
    """Someone who tried to sign in, and could not."""
    READER = "reader"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """`id` is the row behind it (users for an editor, subscribers for a reader), else None.

    `scopes` hold on every newsletter and on the server as a whole, `by_newsletter` on the
    newsletter with that id.
    """

    kind: PrincipalKind
    id: int | None
    name: str
    """As the history shows it."""
    scopes: frozenset[Scope] = frozenset()
    by_newsletter: Mapping[int, frozenset[Scope]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    closed: frozenset[int] = frozenset()
    """Newsletters that require a second factor, which they don't have. Their role there waits."""
    origin: Origin = field(default=NOWHERE, compare=False)
    """Whence they ask; it makes nobody another."""

    def holds(self, scope: Scope, newsletter_id: int | None) -> bool:
        """None is the server as a whole, and all newsletters at once."""
        return scope in self.scopes or scope in self._only_on(newsletter_id)

    def holds_somewhere(self, scope: Scope) -> bool:
        return scope in self.scopes or any(scope in some for some in self.by_newsletter.values())

    def sees(self, newsletter_id: int | None) -> bool:
        """Whether the newsletter exists, as far as this principal can tell."""
        return bool(self.scopes or self._only_on(newsletter_id) or newsletter_id in self.closed)

    def newsletters_with(self, scope: Scope) -> frozenset[int] | None:
        """Their ids. None is all of them, also those that come later."""
        if scope in self.scopes:
            return None
        return frozenset(which for which, some in self.by_newsletter.items() if scope in some)

    def is_editor(self, user_id: int) -> bool:
        return self.kind is PrincipalKind.EDITOR and self.id == user_id

    def _only_on(self, newsletter_id: int | None) -> frozenset[Scope]:
        return (
            frozenset()
            if newsletter_id is None
            else self.by_newsletter.get(newsletter_id, frozenset())
        )

    @classmethod
    def administrator(cls, user_id: int, name: str) -> Self:
        """An editor who runs the server. May do everything with every newsletter."""
        return cls(PrincipalKind.EDITOR, user_id, name, scopes=ALL_SCOPES)

    @classmethod
    def editor(
        cls,
        user_id: int,
        name: str,
        roles: Mapping[int, Role],
        closed: frozenset[int] = frozenset(),
    ) -> Self:
        """`roles` by newsletter id."""
        allowed = {which: ROLE_SCOPES[role] for which, role in roles.items() if which not in closed}
        return cls(
            PrincipalKind.EDITOR,
            user_id,
            name,
            by_newsletter=MappingProxyType(allowed),
            closed=closed,
        )

    @classmethod
    def command_line(cls, name: str) -> Self:
        """May do everything: they can read the database itself."""
        return cls(
            PrincipalKind.COMMAND_LINE, None, name, scopes=ALL_SCOPES, origin=AT_COMMAND_LINE
        )

    @classmethod
    def reader(cls, subscriber_id: int) -> Self:
        """Someone behind a link of their own. Its token is their permission; they need no scope."""
        return cls(PrincipalKind.READER, subscriber_id, "reader")


SYSTEM = Principal(PrincipalKind.SYSTEM, None, "system")
"""What the service does by itself: a relay's trouble, a canary's verdict, a repair."""

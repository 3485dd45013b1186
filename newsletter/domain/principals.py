"""Who is asking. A door makes a principal once: from a session, a token or the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Scope(StrEnum):
    """What a principal may do. Each use case needs one of them: see permissions.py."""

    ISSUES_READ = "issues:read"
    ISSUES_WRITE = "issues:write"
    ISSUES_SEND = "issues:send"
    NEWSLETTERS_READ = "newsletters:read"
    NEWSLETTERS_WRITE = "newsletters:write"
    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_WRITE = "subscribers:write"
    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"


ALL_SCOPES = frozenset(Scope)


class PrincipalKind(StrEnum):
    EDITOR = "editor"
    COMMAND_LINE = "command line"
    READER = "reader"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """`id` is the row behind it (users for an editor, subscribers for a reader), else None.

    `newsletters` are the ids it may act on; None means all of them.
    """

    kind: PrincipalKind
    id: int | None
    name: str
    """As the history shows it."""
    newsletters: frozenset[int] | None = None
    scopes: frozenset[Scope] = frozenset()

    def acts_on(self, newsletter_id: int | None) -> bool:
        """None is all newsletters at once."""
        return self.newsletters is None or newsletter_id in self.newsletters

    @classmethod
    def editor(cls, user_id: int, name: str) -> Self:
        """May do everything with every newsletter."""
        return cls(PrincipalKind.EDITOR, user_id, name, scopes=ALL_SCOPES)

    @classmethod
    def command_line(cls, name: str) -> Self:
        """May do everything: they can read the database itself."""
        return cls(PrincipalKind.COMMAND_LINE, None, name, scopes=ALL_SCOPES)

    @classmethod
    def reader(cls, subscriber_id: int) -> Self:
        """Someone behind a link of their own. Its token is their permission; they need no scope."""
        return cls(PrincipalKind.READER, subscriber_id, "reader")


SYSTEM = Principal(PrincipalKind.SYSTEM, None, "system")
"""What the service does by itself: a relay's trouble, a canary's verdict, a repair."""

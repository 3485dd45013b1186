"""Who is asking. A door makes a principal once, from a session or the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


SYSTEM = Principal(PrincipalKind.SYSTEM, None, "system")
"""What the service does by itself: a relay's trouble, a canary's verdict, a repair."""

"""The roles that an editor can have in a newsletter, and what each allows there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from newsletter.domain.staff.scopes import Scope


class Role(StrEnum):
    """From the least to the most: each may do what the ones before it may."""

    VIEWER = "viewer"
    AUTHOR = "author"
    EDITOR = "editor"
    OWNER = "owner"

    @property
    def words(self) -> str:
        """Beside the roles with less, which it adds to."""
        return _WORDS[self]

    @property
    def offer(self) -> str:
        """By itself, for the person who is invited."""
        return _OFFERS[self]

    @property
    def with_article(self) -> str:
        return f"an {self}" if self[0] in "aeiou" else f"a {self}"


_WORDS = {
    Role.VIEWER: "Reads issues, reports and subscribers.",
    Role.AUTHOR: "Also writes issues. Can't send them.",
    Role.EDITOR: "Also sends issues, and edits and exports subscribers.",
    Role.OWNER: "Also changes settings, and decides who has which role.",
}

_OFFERS = {
    Role.VIEWER: "You can read issues, reports and subscribers.",
    Role.AUTHOR: "You can write issues, and read reports and subscribers. Others send the issues.",
    Role.EDITOR: "You can write and send issues, read reports, and edit and export subscribers.",
    Role.OWNER: "You can write and send issues, edit and export subscribers, change settings, and "
    "invite people.",
}

_VIEWER = frozenset(
    {Scope.ISSUES_READ, Scope.NEWSLETTERS_READ, Scope.SUBSCRIBERS_READ, Scope.STAFF_READ}
)
_AUTHOR = _VIEWER | {Scope.ISSUES_WRITE}
_EDITOR = _AUTHOR | {Scope.ISSUES_SEND, Scope.SUBSCRIBERS_WRITE, Scope.SUBSCRIBERS_EXPORT}
_OWNER = _EDITOR | {Scope.NEWSLETTERS_WRITE, Scope.STAFF_WRITE, Scope.AUDIT_READ}

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.VIEWER: _VIEWER,
        Role.AUTHOR: _AUTHOR,
        Role.EDITOR: _EDITOR,
        Role.OWNER: _OWNER,
    }
)
"""Operations are of the server: no role has them."""

"""A table of the changes of state that are legal; every kind of state has one."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


class IllegalTransition(AssertionError):
    """A mistake of ours, never of a person: use cases ask before they change a state."""


class Transitions(frozenset[tuple[State, State]]):
    """Pairs of a state and one that may follow it."""

    __slots__ = ()

    def are_legal(self, before: State, after: State) -> bool:
        return (before, after) in self

    def require(self, before: State, after: State) -> None:
        """Raises IllegalTransition."""
        if not self.are_legal(before, after):
            message = f"{type(before).__name__}: {before} can't become {after}"
            raise IllegalTransition(message)

    def sources(self, after: State) -> frozenset[State]:
        """The states that may become `after`."""
        return frozenset(before for before, follower in self if follower == after)

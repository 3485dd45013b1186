"""The pace of sending, as workers ask for it: kept in Redis for all of them, or in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from newsletter.domain.pacing import DomainPace, Limit

T = TypeVar("T")


class CountsUnknown(Exception):
    """Nobody has counted yet what these limits have used."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`count` is 0 where nothing may be sent for `wait_ms`; `short` names the limit used up."""

    count: int
    wait_ms: int = 0
    short: str = ""


class Pace(Protocol):
    """May be shared between threads. Times are milliseconds since 1970.

    The one in Redis raises RedisError from every method.
    """

    def close(self) -> None: ...

    def reserve(self, relay: str, limits: Sequence[Limit], wanted: int, now_ms: int) -> Grant:
        """Raises CountsUnknown: call `seed` first, then ask again."""
        ...

    def give_back(self, relay: str, limits: Sequence[Limit], unused: int, then_ms: int) -> None:
        """`then_ms` is when it was reserved."""
        ...

    def seed(self, relay: str, limit: Limit, counts: Mapping[int, int], now_ms: int) -> None:
        """`counts` is by bucket. Does nothing where the counts are known by now."""
        ...

    def domains(self) -> dict[str, DomainPace]:
        """All recipient domains that are remembered, stale ones too."""
        ...

    def change_domain(
        self, domain: str, change: Callable[[DomainPace], tuple[DomainPace, T]], now_ms: int
    ) -> tuple[DomainPace, T]: ...

    def forget_domains(self, domains: Iterable[str]) -> int:
        """Returns how many of them were remembered."""
        ...

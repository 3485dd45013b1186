"""The interface of the pace of sending: kept in Redis for all workers, or in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from newsletter.domain.delivery.pacing import DomainPace, Limit

T = TypeVar("T")


class CountsUnknown(Exception):
    """The usage of these limits is not known: count it and call `seed`."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`count` messages may be sent. If 0, ask again after `wait_ms`; `short` names the limit."""

    count: int
    wait_ms: int = 0
    short: str = ""


class Pace(Protocol):
    """May be shared between threads. Times are milliseconds since 1970.

    In the implementation on Redis, every method raises RedisError.
    """

    def close(self) -> None: ...

    def reserve(self, relay: str, limits: Sequence[Limit], wanted: int, now_ms: int) -> Grant:
        """Reserves up to `wanted` messages. Raises CountsUnknown: call `seed`, then ask again."""
        ...

    def give_back(self, relay: str, limits: Sequence[Limit], unused: int, then_ms: int) -> None:
        """Returns `unused` messages that were reserved at `then_ms`."""
        ...

    def seed(self, relay: str, limit: Limit, counts: Mapping[int, int], now_ms: int) -> None:
        """Sets the usage of `limit`, by bucket. Does nothing if it is known by now."""
        ...

    def domains(self) -> dict[str, DomainPace]:
        """The pace of all recipient domains that are remembered, also of stale ones."""
        ...

    def change_domain(
        self, domain: str, change: Callable[[DomainPace], tuple[DomainPace, T]], now_ms: int
    ) -> tuple[DomainPace, T]:
        """Applies `change` atomically; it may be called several times.

        Returns the new pace and what `change` returned with it.
        """
        ...

    def forget_domains(self, domains: Iterable[str]) -> int:
        """Returns how many of them were remembered."""
        ...

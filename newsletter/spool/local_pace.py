"""The pace of this process alone, for use without Redis."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from newsletter.domain.delivery.pacing import DomainPace, Limit, remaining
from newsletter.spool.pace import CountsUnknown, Grant

T = TypeVar("T")

_Key = tuple[str, str]


class LocalPace:
    """See Pace. May be shared between threads."""

    def __init__(self) -> None:
        self._sent: dict[_Key, Counter[int]] = {}
        self._known: set[_Key] = set()
        self._domains: dict[str, DomainPace] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Nothing is open."""

    def reserve(self, relay: str, limits: Sequence[Limit], wanted: int, now_ms: int) -> Grant:
        with self._lock:
            if any(
                limit.is_remembered and (relay, limit.name) not in self._known for limit in limits
            ):
                raise CountsUnknown
            rooms = [
                (*remaining(limit, self._counts(relay, limit), now_ms), limit) for limit in limits
            ]
            free, _, _ = min(rooms, key=lambda found: found[0])
            if free <= 0:
                _, wait_ms, short = max(rooms, key=lambda found: found[1])
                return Grant(0, wait_ms, short.name)
            granted = min(free, wanted)
            for limit in limits:
                self._count(relay, limit, granted, now_ms)
            return Grant(granted)

    def give_back(self, relay: str, limits: Sequence[Limit], unused: int, then_ms: int) -> None:
        with self._lock:
            for limit in limits:
                self._counts(relay, limit)[then_ms // limit.bucket_ms] -= unused

    def seed(self, relay: str, limit: Limit, counts: Mapping[int, int], now_ms: int) -> None:
        del now_ms
        with self._lock:
            if (relay, limit.name) not in self._known:
                self._known.add((relay, limit.name))
                self._sent[relay, limit.name] = Counter(counts)

    def domains(self) -> dict[str, DomainPace]:
        with self._lock:
            return dict(self._domains)

    def change_domain(
        self, domain: str, change: Callable[[DomainPace], tuple[DomainPace, T]], now_ms: int
    ) -> tuple[DomainPace, T]:
        with self._lock:
            pace, said = change(self._domains.get(domain, DomainPace()))
            self._domains[domain] = pace
            if pace.is_forgettable(now_ms):
                del self._domains[domain]
        return pace, said

    def forget_domains(self, domains: Iterable[str]) -> int:
        with self._lock:
            return sum(self._domains.pop(domain, None) is not None for domain in domains)

    def _counts(self, relay: str, limit: Limit) -> Counter[int]:
        return self._sent.setdefault((relay, limit.name), Counter())

    def _count(self, relay: str, limit: Limit, granted: int, now_ms: int) -> None:
        counts, current = self._counts(relay, limit), now_ms // limit.bucket_ms
        for bucket in [k for k in counts if abs(current - k) > limit.buckets]:
            del counts[bucket]
        counts[current] += granted

"""The pace that all workers on all machines share in Redis: quotas of relays, slow domains.

domain/delivery/pacing.py decides; this module makes the decisions atomic. The data in Redis may be
lost at any time: quotas are counted again from the ledger, and a domain asks again to slow down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar, cast

from newsletter.domain.delivery.pacing import DomainPace, Limit
from newsletter.spool.pace import CountsUnknown, Grant
from newsletter.spool.redis_connections import connect

T = TypeVar("T")

PREFIX = "newsletter:pace:"
_DOMAINS = f"{PREFIX}domains"
_DOMAINS_TTL_MS = 24 * 3_600_000
_TRIES = 100
_SCRIPTS = Path(__file__).parent / "lua"


class SharedPace:
    """See Pace. May be shared between threads, but not between processes."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        self._reserve = self._redis.register_script(_script("reserve"))
        self._give_back = self._redis.register_script(_script("give_back"))
        self._seed = self._redis.register_script(_script("seed"))
        self._change = self._redis.register_script(_script("change"))

    def close(self) -> None:
        self._redis.close()

    # --- A relay's quotas

    def reserve(self, relay: str, limits: Sequence[Limit], wanted: int, now_ms: int) -> Grant:
        numbers = [
            number
            for limit in limits
            for number in (limit.count, limit.bucket_ms, limit.buckets, int(limit.is_remembered))
        ]
        keys = [_key(relay, limit) for limit in limits]
        granted, wait_ms, index = self._reserve(keys=keys, args=[now_ms, wanted, *numbers])
        if granted < 0:
            raise CountsUnknown
        return Grant(granted, wait_ms, limits[index - 1].name if index else "")

    def give_back(self, relay: str, limits: Sequence[Limit], unused: int, then_ms: int) -> None:
        self._give_back(
            keys=[_key(relay, limit) for limit in limits],
            args=[unused, then_ms, *(then_ms // limit.bucket_ms for limit in limits)],
        )

    def seed(self, relay: str, limit: Limit, counts: Mapping[int, int], now_ms: int) -> None:
        pairs = [number for pair in counts.items() for number in pair]
        self._seed(keys=[_key(relay, limit)], args=[limit.period_ms * 3, now_ms, *pairs])

    def used(self, relay: str, limit: Limit, now_ms: int) -> int | None:
        """Messages within the period of `limit`; None if not known."""
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_key(relay, limit)))
        if limit.is_remembered and b"known" not in found:
            return None
        since = now_ms // limit.bucket_ms - limit.buckets
        return sum(int(n) for k, n in found.items() if k != b"known" and int(k) > since)

    # --- Recipient domains

    def domains(self) -> dict[str, DomainPace]:
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_DOMAINS))
        return {name.decode(): _read(text) for name, text in found.items()}

    def change_domain(
        self, domain: str, change: Callable[[DomainPace], tuple[DomainPace, T]], now_ms: int
    ) -> tuple[DomainPace, T]:
        """Tries again when another worker was faster, at most `_TRIES` times."""
        for _ in range(_TRIES):
            before = cast("bytes | None", self._redis.hget(_DOMAINS, domain)) or b""
            pace, said = change(_read(before))
            after = "" if pace.is_forgettable(now_ms) else _write(pace)
            args: list[str | bytes | int] = [domain, before, after, _DOMAINS_TTL_MS]
            if self._change(keys=[_DOMAINS], args=args):
                break
        return pace, said

    def forget_domains(self, domains: Iterable[str]) -> int:
        names = list(domains)
        return cast("int", self._redis.hdel(_DOMAINS, *names)) if names else 0


def _script(name: str) -> str:
    return (_SCRIPTS / f"{name}.lua").read_text()


def _key(relay: str, limit: Limit) -> str:
    return f"{PREFIX}sent:{relay}:{limit.name}"


def _write(pace: DomainPace) -> str:
    return json.dumps(asdict(pace), separators=(",", ":"))


def _read(text: bytes) -> DomainPace:
    if not text:
        return DomainPace()
    values = json.loads(text)
    values["promised"] = tuple((first, step, count) for first, step, count in values["promised"])
    return DomainPace(**values)

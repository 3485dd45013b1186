"""The pace that all workers on all machines share, in Redis: quotas of relays, slow domains.

What is decided stands in domain/pacing.py; here it is made atomic. All of it may be lost at any
time: quotas are counted again from the ledger, and a domain tells us again to slow down.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar, cast

from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.pacing import DomainPace, Limit
from newsletter.store.models import Delivery, Edition

T = TypeVar("T")

PREFIX = "newsletter:pace:"
_DOMAINS = f"{PREFIX}domains"
_DOMAINS_TTL_MS = 24 * 3_600_000
_TIMEOUT_S = 1.0
_TRIES = 100

# KEYS: a hash of bucket number to count for each limit. ARGV: now, wanted, then for each limit its
# count, the length of a bucket, the number of buckets, and 1 if its counts have to be known.
# The same arithmetic as domain/pacing.py: room, which the tests compare it with.
_RESERVE = """
local now, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local granted, wait, short = wanted, 0, 0
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * 4
  local most, length, buckets = tonumber(ARGV[at+1]), tonumber(ARGV[at+2]), tonumber(ARGV[at+3])
  if ARGV[at+4] == '1' and redis.call('HEXISTS', key, 'known') == 0 then return {-1, 0, i} end
  local current, used, first = math.floor(now / length), 0, nil
  local fields = redis.call('HGETALL', key)
  for j = 1, #fields, 2 do
    local bucket, count = tonumber(fields[j]), tonumber(fields[j+1])
    if bucket then
      if math.abs(current - bucket) > buckets then redis.call('HDEL', key, fields[j])
      elseif count > 0 then
        used = used + count
        if not first or bucket < first then first = bucket end
      end
    end
  end
  local free = most - used
  if free <= 0 then
    granted = 0
    local until_some = ((first or current) + buckets + 1) * length - now
    if until_some > wait then wait, short = until_some, i end
  elseif free < granted then granted = free end
end
if granted > 0 then
  for i, key in ipairs(KEYS) do
    local at = 2 + (i - 1) * 4
    local length, buckets = tonumber(ARGV[at+2]), tonumber(ARGV[at+3])
    redis.call('HINCRBY', key, string.format('%.0f', math.floor(now / length)), granted)
    redis.call('PEXPIRE', key, length * (buckets + 2) * 2)
  end
end
return {granted, wait, short}
"""

# KEYS: as above. ARGV: how many, when they were reserved, then the bucket for each key. A bucket
# that is gone stays gone, and counts made anew from the ledger never held what was reserved before.
_GIVE_BACK = """
for i, key in ipairs(KEYS) do
  local known = tonumber(redis.call('HGET', key, 'known') or '0')
  if known <= tonumber(ARGV[2]) and redis.call('HEXISTS', key, ARGV[i+2]) == 1 then
    redis.call('HINCRBY', key, ARGV[i+2], -tonumber(ARGV[1]))
  end
end
"""

# KEYS: one hash. ARGV: its time to live, now, then bucket, count, bucket, count …
# What was reserved meanwhile is among what the ledger tells, or soon will be: the larger counts.
_SEED = """
if redis.call('HEXISTS', KEYS[1], 'known') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'known', ARGV[2])
for i = 3, #ARGV, 2 do
  local found = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
  if found < tonumber(ARGV[i+1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
"""

# KEYS: a hash. ARGV: field, what it was, what it shall be ("" for nothing), time to live.
_CHANGE = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""


_COUNTED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.HANDING_OVER)


class CountsUnknown(Exception):
    """Redis has no counts for these limits."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`count` is 0 where nothing may go for `wait_ms`, by the limit `short`."""

    count: int
    wait_ms: int = 0
    short: str = ""


class SharedPace:
    """May be shared between threads; made after a fork. Its methods raise RedisError."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
        )
        self._reserve = self._redis.register_script(_RESERVE)
        self._give_back = self._redis.register_script(_GIVE_BACK)
        self._seed = self._redis.register_script(_SEED)
        self._change = self._redis.register_script(_CHANGE)

    def close(self) -> None:
        self._redis.close()

    # --- A relay's quotas

    def reserve(self, relay: str, limits: Sequence[Limit], wanted: int, now_ms: int) -> Grant:
        """Raises CountsUnknown: then `seed` comes first."""
        numbers = [
            number
            for limit in limits
            for number in (limit.count, limit.bucket_ms, limit.buckets, int(limit.is_remembered))
        ]
        keys = [_key(relay, limit) for limit in limits]
        granted, wait_ms, place = self._reserve(keys=keys, args=[now_ms, wanted, *numbers])
        if granted < 0:
            raise CountsUnknown
        return Grant(granted, wait_ms, limits[place - 1].name if place else "")

    def give_back(self, relay: str, limits: Sequence[Limit], unused: int, then_ms: int) -> None:
        """`then_ms` is when it was reserved."""
        self._give_back(
            keys=[_key(relay, limit) for limit in limits],
            args=[unused, then_ms, *(then_ms // limit.bucket_ms for limit in limits)],
        )

    def seed(self, relay: str, limit: Limit, counts: Mapping[int, int], now_ms: int) -> None:
        """By bucket. Nothing happens where the counts are known by now."""
        pairs = [number for pair in counts.items() for number in pair]
        self._seed(keys=[_key(relay, limit)], args=[limit.window_ms * 3, now_ms, *pairs])

    def used(self, relay: str, limit: Limit, now_ms: int) -> int | None:
        """Within the window; None where nobody knows."""
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_key(relay, limit)))
        if limit.is_remembered and b"known" not in found:
            return None
        since = now_ms // limit.bucket_ms - limit.buckets
        return sum(int(n) for k, n in found.items() if k != b"known" and int(k) > since)

    # --- Recipient domains

    def domains(self) -> dict[str, DomainPace]:
        """All that are remembered, stale ones too."""
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_DOMAINS))
        return {name.decode(): _read(text) for name, text in found.items()}

    def change_domain(
        self, domain: str, change: Callable[[DomainPace], tuple[DomainPace, T]], now_ms: int
    ) -> tuple[DomainPace, T]:
        """Decides again whenever another worker was faster; never forever."""
        for _ in range(_TRIES):
            before = cast("bytes | None", self._redis.hget(_DOMAINS, domain)) or b""
            pace, said = change(_read(before))
            after = "" if pace.is_forgettable(now_ms) else _write(pace)
            args: list[str | bytes | int] = [domain, before, after, _DOMAINS_TTL_MS]
            if self._change(keys=[_DOMAINS], args=args):
                break
        return pace, said

    def forget_domains(self, domains: Iterable[str]) -> int:
        """How many there were."""
        names = list(domains)
        return cast("int", self._redis.hdel(_DOMAINS, *names)) if names else 0


def sent_lately(session: Session, relay: str, limit: Limit, now: datetime) -> dict[int, int]:
    """By bucket, from the ledger: what the relay took, may have taken, or is being handed."""
    since = now - timedelta(milliseconds=limit.window_ms + limit.bucket_ms)
    rows = session.execute(
        select(Delivery.state_at, func.count())
        .where(
            Delivery.edition_id.in_(select(Edition.id).where(Edition.expires_at > since)),
            Delivery.relay == relay,
            Delivery.state.in_(_COUNTED),
            Delivery.state_at > since,
        )
        .group_by(Delivery.state_at)  # a window has one time for all of its lines
    )
    counts: Counter[int] = Counter()
    for state_at, count in rows:
        counts[milliseconds(state_at) // limit.bucket_ms] += count
    return dict(counts)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


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

"""The pace of sending: which relay takes how many copies now, which recipient domains wait."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from newsletter import telemetry
from newsletter.domain.delivery.outcomes import Accepted, Deferred, Outcome, Paced, Rejected
from newsletter.domain.delivery.pacing import (
    BLOCKS_AMONG,
    BLOCKS_TO_PAUSE,
    HORIZON_MS,
    DomainPace,
    DomainTally,
    Limit,
    milliseconds,
    pace_after,
    take_slots,
    weighted_order,
)
from newsletter.domain.delivery.relay_pace import RelayPace
from newsletter.mail.smtp.relay import Relay
from newsletter.spool.local_pace import LocalPace
from newsletter.spool.pace import CountsUnknown, Pace
from newsletter.spool.shared_pace import SharedPace
from newsletter.store.sending import domain_pauses, learned_paces, relay_pauses
from newsletter.store.sending.domain_pauses import DomainTrouble
from newsletter.store.sending.sent_lately import sent_lately
from newsletter.usecases.context import Context

REFRESH_S = 1.0
"""How long pauses and slow domains are cached."""
REDIS_RETRY_S = 1.0
LOG_AGAIN_AFTER_S = 60.0
LONGEST_WAIT_S = 5.0
"""The longest wait before asking again, because a pause may end early or a limit be raised."""
SPREAD = 0.5
"""A copy without a slot waits up to this share longer, at random."""
_COUNTS_UNKNOWN = "Redis can't be used, so what the relay's limits still allow is unknown"


@dataclass(frozen=True, slots=True)
class Reservation:
    """`relay` may take `count` messages; with 0, ask again after `wait_s`.

    `reason`, for people, says why.
    """

    relay: Relay | None
    count: int
    wait_s: float = 0.0
    reason: str = ""
    limits: tuple[Limit, ...] = ()
    at_ms: int = 0

    @property
    def is_slow(self) -> bool:
        """The relay takes mail slowly: what it takes now says how slowly."""
        return any(limit.is_learned for limit in self.limits)

    @property
    def without_pace(self) -> Reservation:
        """What may be given back after a complaint: the next try waits for its turn."""
        return replace(self, limits=tuple(one for one in self.limits if not one.is_learned))


@dataclass
class _Known:
    """The cache, as of the last refresh."""

    relays: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    paces: dict[str, RelayPace] = field(default_factory=dict)
    paused_domains: dict[str, datetime] = field(default_factory=dict)
    domains: dict[str, DomainPace] = field(default_factory=dict)


class Pacer:
    """One for each worker process, shared by its threads."""

    def __init__(self, context: Context, relays: Sequence[Relay]) -> None:
        self._context = context
        self._relays = tuple(relays)
        url = context.settings.redis_url
        self._shared: Pace = SharedPace(url) if url else LocalPace()
        self._known = _Known()
        self._refresh_at_s = 0.0
        self._redis_retry_at_s = 0.0
        self._log_again_at_s = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        self._shared.close()

    # --- Relays

    def reserve(
        self, wanted: int, at_most: Callable[[Relay], int] = lambda _: sys.maxsize
    ) -> Reservation:
        """Reserves up to `wanted` messages with a relay, drawn by weight, that has capacity.

        `at_most` is what one reservation may take of a relay.
        """
        self._refresh()
        refusals = []
        for relay in weighted_order(self._relays, lambda relay: relay.weight, self._context.draw):
            reserved = self._pause_of(relay) or self._ask(relay, min(wanted, at_most(relay)))
            if reserved.count:
                return reserved
            refusals.append(reserved)
        if not refusals:
            return Reservation(None, 0, LONGEST_WAIT_S, "No relay is configured.")
        return min(refusals, key=lambda refused: refused.wait_s)

    def give_back(self, reservation: Reservation, unused: int) -> None:
        """Returns messages that were reserved and not sent. Without Redis they stay counted."""
        if unused <= 0 or reservation.relay is None or not reservation.limits:
            return
        if self._is_redis_down():
            return
        try:
            name = reservation.relay.name
            self._shared.give_back(name, reservation.limits, unused, reservation.at_ms)
        except RedisError as error:
            self._handle_redis_down(error)

    def _pause_of(self, relay: Relay) -> Reservation | None:
        until, reason = self._known.relays.get(relay.name, (None, ""))
        left_s = (until - self._context.now()).total_seconds() if until else 0
        if until is None or left_s <= 0:
            return None
        words = f"{relay.name} is paused until {until:%H:%M:%S} UTC: {reason}"
        return Reservation(None, 0, min(left_s, LONGEST_WAIT_S), words)

    def _ask(self, relay: Relay, wanted: int) -> Reservation:
        now = self._context.now()
        its_limits = relay.limits(now)
        if pace := self._known.paces.get(relay.name):
            its_limits = (*its_limits, pace.limit)
        if not its_limits:
            return Reservation(relay, wanted)
        if self._is_redis_down():
            return Reservation(None, 0, REDIS_RETRY_S, f"{_COUNTS_UNKNOWN} ({relay.name}).")
        try:
            return self._reserve_shared(relay, its_limits, wanted, now)
        except CountsUnknown:  # lost again while they were counted
            return Reservation(None, 0, REDIS_RETRY_S, f"{_COUNTS_UNKNOWN} ({relay.name}).")
        except RedisError as error:
            self._handle_redis_down(error)
            return Reservation(None, 0, REDIS_RETRY_S, f"{_COUNTS_UNKNOWN} ({relay.name}).")

    def _reserve_shared(
        self, relay: Relay, its_limits: tuple[Limit, ...], wanted: int, now: datetime
    ) -> Reservation:
        now_ms = milliseconds(now)
        try:
            grant = self._shared.reserve(relay.name, its_limits, wanted, now_ms)
        except CountsUnknown:
            self._recount(relay, its_limits, now)
            grant = self._shared.reserve(relay.name, its_limits, wanted, now_ms)
        if grant.count:
            return Reservation(relay, grant.count, limits=its_limits, at_ms=now_ms)
        words = self._why_full(relay, its_limits, grant.short)
        return Reservation(None, 0, min(grant.wait_ms / 1_000, LONGEST_WAIT_S), words)

    def _why_full(self, relay: Relay, its_limits: tuple[Limit, ...], short: str) -> str:
        pace = self._known.paces.get(relay.name)
        if pace is not None and short == pace.limit.name:
            rate = f"{pace.per_second:.2g} messages a second"
            return f"{relay.name} asked us to slow down. It gets {rate} now."
        limit = next(limit for limit in its_limits if limit.name == short)
        return f"{relay.name} has sent its {limit.count} messages for this {limit.name}."

    def _recount(self, relay: Relay, its_limits: tuple[Limit, ...], now: datetime) -> None:
        """Restores the counts from the ledger, after Redis was lost or for a new limit."""
        for limit in its_limits:
            if limit.is_remembered:
                with self._context.database.read() as session:
                    counts = sent_lately(session, relay.name, limit, now)
                self._shared.seed(relay.name, limit, counts, milliseconds(now))

    # --- Recipient domains

    def delays(self, domains: Sequence[str]) -> list[Paced | None]:
        """For each message of a window: None to send it now, or how long it waits and why."""
        self._refresh()
        known, now = self._known, self._context.now()
        waits: list[Paced | None] = [None] * len(domains)
        if not known.paused_domains and not known.domains:
            return waits
        indexes: dict[str, list[int]] = {}
        for index, domain in enumerate(domains):
            if domain in known.paused_domains or domain in known.domains:
                indexes.setdefault(domain, []).append(index)
        for domain, its_indexes in indexes.items():
            its_waits = self._delays_of(domain, len(its_indexes), now)
            for index, wait in zip(its_indexes, its_waits, strict=True):
                waits[index] = wait
        return waits

    def _delays_of(self, domain: str, wanted: int, now: datetime) -> list[Paced | None]:
        until = self._known.paused_domains.get(domain, now)
        horizon = timedelta(milliseconds=HORIZON_MS)
        if until > now:  # a copy that comes back early waits again, but notices the end of a pause
            words = f"{domain} blocked us and is paused until {until:%H:%M} UTC."
            return [self._paced(min(until - now, horizon), words) for _ in range(wanted)]
        pace = self._known.domains.get(domain)
        now_ms = milliseconds(now)
        if pace is None or not pace.is_slow or pace.is_stale(now_ms):
            return [None] * wanted
        try:
            pace, slots = self._shared.change_domain(
                domain, lambda pace: take_slots(pace, wanted, now_ms), now_ms
            )
        except RedisError as error:
            self._handle_redis_down(error)
            return [None] * wanted
        words = (
            f"{domain} asked us to slow down. It gets {pace.per_second:.2g} messages a second now."
        )
        return [self._in_slot(slot, words) for slot in slots]

    def _in_slot(self, slot_ms: int | None, reason: str) -> Paced | None:
        """None for a slot that is now. A message without a slot comes back later and asks again."""
        if slot_ms == 0:
            return None
        if slot_ms is None:
            return self._paced(timedelta(milliseconds=HORIZON_MS), reason)
        return Paced(timedelta(milliseconds=slot_ms), reason)

    def _paced(self, wait: timedelta, reason: str) -> Paced:
        return Paced(wait * (1 + SPREAD * self._context.draw()), reason)

    def record_outcomes(
        self, relay: str, outcomes: Sequence[tuple[str, Outcome]]
    ) -> list[DomainTrouble]:
        """Adjusts the pace of each domain of a window. Returns the domains that must be paused."""
        troubles = []
        for domain, tally in _tallies(outcomes).items():
            is_trouble = bool(tally.asked_for_less or tally.blocked)
            if (is_trouble or domain in self._known.domains) and self._record_tally(domain, tally):
                last = next(o for d, o in reversed(outcomes) if d == domain and _is_blocked(o))
                troubles.append(DomainTrouble(domain, _blocked_words(domain, relay, last)))
        return troubles

    def _record_tally(self, domain: str, tally: DomainTally) -> bool:
        """True if the domain must be paused."""
        if self._is_redis_down():
            return False
        now_ms = milliseconds(self._context.now())
        try:
            pace, is_to_pause = self._shared.change_domain(
                domain, lambda pace: pace_after(pace, tally, now_ms), now_ms
            )
        except RedisError as error:
            self._handle_redis_down(error)
            return False
        with self._lock:
            self._known.domains = {**self._known.domains, domain: pace}
        return is_to_pause

    # --- The cache

    def refresh_now(self) -> None:
        """Call it after changing a pause."""
        self._refresh_at_s = 0.0
        self._refresh()

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() < self._refresh_at_s:
                return
            self._refresh_at_s = time.monotonic() + REFRESH_S
        self._refresh_pauses()
        self._refresh_domains()

    def _refresh_pauses(self) -> None:
        now = self._context.now()
        try:
            with self._context.database.read() as session:
                relays = relay_pauses.pauses_by_relay(session, now)
                self._known.relays = {n: (row.until, row.reason) for n, row in relays.items()}
                paces = learned_paces.learned_paces(session, now)
                self._known.paces = {n: learned_paces.pace_of(row) for n, row in paces.items()}
                domains = domain_pauses.current_pauses(session, now)
                self._known.paused_domains = {row.domain: row.until for row in domains}
        except OperationalError:
            return  # the cache is still good; the next write reports the error

    def _refresh_domains(self) -> None:
        if self._is_redis_down():
            return
        now_ms = milliseconds(self._context.now())
        try:
            domains = self._shared.domains()
            stale = {name for name, pace in domains.items() if pace.is_stale(now_ms)}
            self._shared.forget_domains(stale)
        except RedisError as error:
            self._handle_redis_down(error)
            return
        with self._lock:
            self._known.domains = {n: pace for n, pace in domains.items() if n not in stale}

    def _is_redis_down(self) -> bool:
        """Whether Redis failed within the last second."""
        return time.monotonic() < self._redis_retry_at_s

    def _handle_redis_down(self, error: RedisError) -> None:
        """Stops using Redis for a second, so that windows do not wait for it. Nothing is slowed."""
        now_s = time.monotonic()
        with self._lock:
            self._redis_retry_at_s = now_s + REDIS_RETRY_S
            self._known.domains = {}
            if now_s < self._log_again_at_s:
                return
            self._log_again_at_s = now_s + LOG_AGAIN_AFTER_S
        with telemetry.wide_event("redis away") as event:
            event.add(error=type(error).__name__, error_text=str(error)[:500])


def _tallies(outcomes: Sequence[tuple[str, Outcome]]) -> dict[str, DomainTally]:
    accepted: Counter[str] = Counter()
    slow: Counter[str] = Counter()
    blocked: Counter[str] = Counter()
    for domain, outcome in outcomes:
        if isinstance(outcome, Accepted):
            accepted[domain] += 1
        elif isinstance(outcome, Deferred) and outcome.verdict.slows_domain:
            slow[domain] += 1
        elif _is_blocked(outcome):
            blocked[domain] += 1
    return {
        domain: DomainTally(accepted[domain], slow[domain], blocked[domain])
        for domain in {**accepted, **slow, **blocked}
    }


def _is_blocked(outcome: Outcome) -> bool:
    return isinstance(outcome, Rejected) and outcome.verdict.is_block


def _blocked_words(domain: str, relay: str, last: Outcome) -> str:
    said = f", the last one with: {last.reply}" if isinstance(last, Rejected) else ""
    return (
        f"{domain} blocked {BLOCKS_TO_PAUSE} or more of the last {BLOCKS_AMONG} messages "
        f"from {relay}{said}"
    )

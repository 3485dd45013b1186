"""What the relays may still take, what is paused or slow and why, and lifting a pause."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError

from newsletter.domain.delivery.pacing import DomainPace, milliseconds
from newsletter.domain.errors import NotFound
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.mail.smtp.relay import Relay, relays_from
from newsletter.spool.shared_pace import SharedPace
from newsletter.store.models import DomainPause, RelayPause
from newsletter.store.sending import domain_pauses, learned_paces, relay_pauses, relay_pipelining
from newsletter.store.sending.relay_pipelining import Lesson
from newsletter.store.sending.sent_lately import sent_lately
from newsletter.usecases.context import Context


@dataclass(frozen=True, slots=True)
class LimitUse:
    """`used` within the last second, hour or day."""

    per: str
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class PauseLine:
    """A relay or a recipient domain that is left alone; `times` in a row."""

    name: str
    until: datetime
    times: int
    reason: str


@dataclass(frozen=True, slots=True)
class PipeliningLine:
    """`level` is full, commands or off; "" until the first message. `is_set`: by SMTP_URL.

    `refused` is the level that the relay did not take, "" if none, and `reason` says how.
    """

    level: str
    is_set: bool = False
    learned_at: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RelayLine:
    name: str
    weight: int
    connections: int
    limits: tuple[LimitUse, ...]
    pause: PauseLine | None
    pipelining: PipeliningLine
    pace: SlowRelay | None
    """None for a relay that takes mail at any speed."""


@dataclass(frozen=True, slots=True)
class SlowRelay:
    """A relay that asked for less, and what it gets now."""

    per_second: float
    reason: str


@dataclass(frozen=True, slots=True)
class SlowDomain:
    domain: str
    per_second: float


@dataclass(frozen=True, slots=True)
class RelayStatus:
    relays: tuple[RelayLine, ...]
    unnamed: tuple[PauseLine, ...]
    """Pauses of relays that the settings name no more."""
    paused_domains: tuple[PauseLine, ...]
    slow_domains: tuple[SlowDomain, ...]
    is_redis_away: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def relay_status(context: Context, principal: Principal) -> RelayStatus:
    """Raises Misconfigured."""
    require(principal, "relay_status")
    now, relays = context.now(), relays_from(context.settings)
    with context.database.read() as session:
        found = relay_pauses.pauses_by_relay(session, now)
        pauses = {name: _line(name, row) for name, row in found.items()}
        domains = domain_pauses.current_pauses(session, now)
        lessons = relay_pipelining.lessons_by_relay(session)
        paces = {
            name: SlowRelay(round(row.per_second, 2), row.reason)
            for name, row in learned_paces.learned_paces(session, now).items()
        }
        paused_domains = tuple(_line(row.domain, row) for row in domains)
    used, slow, is_redis_away = _shared(context, relays, now)
    named = {relay.name for relay in relays}
    return RelayStatus(
        relays=tuple(
            RelayLine(
                name=relay.name,
                weight=relay.weight,
                connections=relay.connections,
                limits=used[relay.name],
                pause=pauses.get(relay.name),
                pipelining=_pipelining(relay, lessons.get(relay.name)),
                pace=paces.get(relay.name),
            )
            for relay in relays
        ),
        unnamed=tuple(line for name, line in pauses.items() if name not in named),
        paused_domains=paused_domains,
        slow_domains=slow,
        is_redis_away=is_redis_away,
    )


def resume_relay(context: Context, name: str, principal: Principal) -> str:
    """`name` is a relay or a recipient domain. Returns which. Raises NotFound."""
    require(principal, "resume_relay")
    name = name.strip().lower()
    with context.database.write() as session:
        was_paused = relay_pauses.clear_trouble(session, name)
        is_relay = learned_paces.forget_pace(session, name) or was_paused
        is_domain = not is_relay and domain_pauses.clear_trouble(session, name)
    was_slow = not is_relay and _forget_domain(context, name)
    if not (is_relay or is_domain or was_slow):
        raise NotFound(
            f"No relay or recipient domain named {name} is paused or slow.",
            advice="Run `newsletter relay status` to see which are.",
        )
    return "relay" if is_relay else "domain"


def _forget_domain(context: Context, domain: str) -> bool:
    if not context.settings.redis_url:
        return False
    shared = SharedPace(context.settings.redis_url)
    try:
        return shared.forget_domains([domain]) > 0
    except RedisError:
        return False
    finally:
        shared.close()


_Shared = tuple[dict[str, tuple[LimitUse, ...]], tuple[SlowDomain, ...], bool]


def _shared(context: Context, relays: tuple[Relay, ...], now: datetime) -> _Shared:
    url = context.settings.redis_url
    shared = SharedPace(url) if url else None
    try:
        used = {relay.name: _used(context, shared, relay, now) for relay in relays}
        slow = _slow(shared.domains(), now) if shared else ()
    except RedisError:
        used = {relay.name: _used(context, None, relay, now) for relay in relays}
        return used, (), True
    finally:
        if shared is not None:
            shared.close()
    return used, slow, False


def _used(
    context: Context, shared: SharedPace | None, relay: Relay, now: datetime
) -> tuple[LimitUse, ...]:
    """From the ledger where Redis does not know."""
    lines = []
    for limit in relay.limits(now):
        used = shared.used(relay.name, limit, milliseconds(now)) if shared else None
        if used is None:
            with context.database.read() as session:
                used = sum(sent_lately(session, relay.name, limit, now).values())
        lines.append(LimitUse(limit.name, limit.count, used))
    return tuple(lines)


def _slow(domains: dict[str, DomainPace], now: datetime) -> tuple[SlowDomain, ...]:
    return tuple(
        SlowDomain(name, round(pace.per_second, 2))
        for name, pace in sorted(domains.items())
        if pace.is_slow and not pace.is_stale(milliseconds(now))
    )


def _line(name: str, row: RelayPause | DomainPause) -> PauseLine:
    return PauseLine(name, row.until, row.times, row.reason)


def _pipelining(relay: Relay, lesson: Lesson | None) -> PipeliningLine:
    if relay.pipelining is not None:
        return PipeliningLine(relay.pipelining.word, is_set=True)
    if lesson is None:
        return PipeliningLine("")
    learned = lesson.learned
    refused = "" if learned.refused is None else learned.refused.word
    return PipeliningLine(
        learned.level.word,
        learned_at=lesson.at,
        refused=refused,
        refused_at=learned.refused_at,
        reason=learned.reason,
    )

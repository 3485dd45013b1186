"""The pace that a relay takes, learned from its complaints. No attempt is counted for those.

The pace falls with each complaint and grows with time while mail is accepted, until it is no limit
any more. It is a limit like those of the settings, so that all workers share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.domain.delivery.pacing import Limit

FIRST_RATE = 10.0
"""Messages a second after the first complaint."""
LOWEST_RATE = 1 / 60
FREE_RATE = 500.0
"""At this rate the relay is no longer slow."""
LESS, MUCH_LESS = 0.8, 0.7
"""The share of the rate that is left after a complaint; much less when nothing was accepted."""
COMPLAINTS_COUNT_AFTER = timedelta(seconds=5)
"""Complaints within this time count once: they concern messages that were under way."""
GROWTH = 1.02
"""The factor for each second in which mail is accepted …"""
LONGEST_GROWTH = timedelta(seconds=10)
"""… of at most this long: who was not asked has not agreed."""
FORGOTTEN_AFTER = timedelta(hours=6)
"""Without news for this long, the relay is treated like any other."""


@dataclass(frozen=True, slots=True)
class RelayPace:
    """`heard_at` is when the relay last accepted or complained."""

    per_second: float
    slowed_at: datetime
    heard_at: datetime

    def is_stale(self, now: datetime) -> bool:
        return abs(now - self.heard_at) > FORGOTTEN_AFTER

    @property
    def limit(self) -> Limit:
        """Slow paces have longer periods: less than one message a second is not a whole number."""
        period_ms = next(ms for ms in (1_000, 10_000, 60_000) if self.per_second * ms >= 999)
        count = max(1, round(self.per_second * period_ms / 1_000))
        return Limit(f"pace of {period_ms}", count, period_ms, 20, is_learned=True)


def slowed_relay(pace: RelayPace | None, accepted: int, now: datetime) -> RelayPace:
    """After a complaint. `accepted` messages of the same window were taken."""
    if pace is None or pace.is_stale(now):
        return RelayPace(FIRST_RATE, now, now)
    if timedelta() <= now - pace.slowed_at < COMPLAINTS_COUNT_AFTER:
        return RelayPace(pace.per_second, pace.slowed_at, now)
    slower = pace.per_second * (LESS if accepted else MUCH_LESS)
    return RelayPace(max(LOWEST_RATE, slower), now, now)


def grown_relay(pace: RelayPace, now: datetime) -> RelayPace | None:
    """After a window that was accepted. None when the relay is no longer slow."""
    since = min(max(now - pace.heard_at, timedelta()), LONGEST_GROWTH)
    faster = pace.per_second * GROWTH ** since.total_seconds()
    if pace.is_stale(now) or faster >= FREE_RATE:
        return None
    return RelayPace(faster, pace.slowed_at, now)

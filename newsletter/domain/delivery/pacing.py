"""How fast mail may go: quotas of relays, and recipient domains that slow down or block us.

Times are milliseconds since 1970 as whole numbers, because Redis stores these values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp() * 1_000)


# --- A relay's quotas ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages in any period of `period_ms`, counted in `buckets` buckets."""

    name: str
    """second, hour or day."""
    count: int
    period_ms: int
    buckets: int
    is_learned: bool = False
    """From the relay's complaints, not from the settings."""

    @property
    def bucket_ms(self) -> int:
        return self.period_ms // self.buckets

    @property
    def is_remembered(self) -> bool:
        """The ledger can restore lost counts of an hour or a day, not those of seconds."""
        return self.period_ms > 60_000


WARM = 1_000_000
"""Messages a day at which the warm-up of a relay is over."""


def limits(
    per_second: int, per_hour: int, per_day: int, ramp: tuple[date, int] | None, today: date
) -> tuple[Limit, ...]:
    """The limits in force; 0 means no limit. `ramp` is the first day and its number of messages."""
    warm = warm_up_limit(*ramp, today) if ramp is not None else WARM
    if warm < WARM:
        per_day = min(per_day, warm) if per_day else warm
    every = (
        Limit("second", per_second, 1_000, 20),
        Limit("hour", per_hour, 3_600_000, 60),
        Limit("day", per_day, 86_400_000, 96),
    )
    return tuple(limit for limit in every if limit.count)


def warm_up_limit(first_day: date, start: int, today: date) -> int:
    """Messages a day: `start` up to and on the first day, then twice as many each day."""
    return start << min(max((today - first_day).days, 0), 30)


def remaining(limit: Limit, counts: Mapping[int, int], now_ms: int) -> tuple[int, int]:
    """(messages that may go now, ms to wait until some may). One of the two is 0.

    `counts` maps bucket numbers to messages. One bucket more than the period has is counted: a
    period of that length touches one more, and the limit holds for any period, not only for those
    that begin with a bucket. Buckets ahead of the clock count too, as it may have been set back.
    """
    current = now_ms // limit.bucket_ms
    near = {k: n for k, n in counts.items() if abs(current - k) <= limit.buckets and n > 0}
    free = limit.count - sum(near.values())
    if free > 0:
        return free, 0
    first_to_go = min(near, default=current)
    return 0, (first_to_go + limit.buckets + 1) * limit.bucket_ms - now_ms


def weighted_order(
    items: Sequence[T], weight: Callable[[T], int], draw: Callable[[], float]
) -> list[T]:
    """All of them; who comes first is drawn by weight, and so on. `draw` gives 0 up to 1."""
    left, order = list(items), []
    while left:
        point = draw() * sum(weight(item) for item in left)
        for item in left:
            point -= weight(item)
            if point < 0:
                break
        left.remove(item)
        order.append(item)
    return order


# --- A recipient domain ----------------------------------------------------------------------

FIRST_RATE = 10.0
"""Messages a second after a domain first asks for less."""
LOWEST_RATE = 1 / 60
FREE_RATE = 20.0
"""At this rate a domain is no longer slow."""
GROWTH = 0.02
"""Added to the rate, in messages a second, for each message accepted."""
AFTER_PAUSE_RATE = 0.5
HALVED_AGAIN_AFTER_MS = 5_000
"""Complaints within this time count once: they concern messages that were under way."""
HORIZON_MS = 600_000
"""How far ahead slots are given out."""
GRACE_MS = 30_000
"""An unused slot can be taken this long, then it is lost, so that slots do not pile up."""
FORGOTTEN_AFTER_MS = 6 * 3_600_000
"""After this long without news, a domain is treated like any other."""

BLOCKS_TO_PAUSE = 10
BLOCKS_AMONG = 50
_BLOCKED, _PASSED = "b", "."

FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DomainPace:
    """The pace of one recipient domain. Domains without trouble are not remembered."""

    per_second: float = 0.0
    """0 means no limit."""
    next_slot_ms: int = 0
    slowed_ms: int = 0
    promised: tuple[tuple[int, int, int], ...] = ()
    """Slots that were given out, as runs: (first slot, ms between slots, number of slots)."""
    marks: str = ""
    """One mark for each message since the first block: blocked or passed."""
    heard_ms: int = 0

    @property
    def is_slow(self) -> bool:
        return self.per_second > 0

    @property
    def step_ms(self) -> int:
        return max(1, round(1_000 / self.per_second))

    def is_stale(self, now_ms: int) -> bool:
        return now_ms - self.heard_ms > FORGOTTEN_AFTER_MS

    def is_forgettable(self, now_ms: int) -> bool:
        return self.is_stale(now_ms) or not (self.is_slow or _BLOCKED in self.marks)


@dataclass(frozen=True, slots=True)
class DomainTally:
    """What the outcomes of one window say about a domain."""

    accepted: int = 0
    asked_for_less: int = 0
    blocked: int = 0


def pace_after(pace: DomainPace, tally: DomainTally, now_ms: int) -> tuple[DomainPace, bool]:
    """The new pace, and whether the domain must be paused now."""
    if pace.is_stale(now_ms):
        pace = DomainPace()
    pace = replace(pace, heard_ms=now_ms)
    if tally.asked_for_less:
        pace = slowed(pace, now_ms)
    elif tally.accepted:
        pace = grown(pace, tally.accepted)
    if not (tally.blocked or _BLOCKED in pace.marks):
        return pace, False
    marks = pace.marks + _PASSED * tally.accepted + _BLOCKED * tally.blocked
    marks = marks[-BLOCKS_AMONG:]
    if marks.count(_BLOCKED) < BLOCKS_TO_PAUSE:
        return replace(pace, marks=marks), False
    # After its pause it starts again, slowly.
    return DomainPace(per_second=AFTER_PAUSE_RATE, slowed_ms=now_ms, heard_ms=now_ms), True


def slowed(pace: DomainPace, now_ms: int) -> DomainPace:
    if not pace.is_slow:
        return replace(pace, per_second=FIRST_RATE, slowed_ms=now_ms, next_slot_ms=0)
    if now_ms - pace.slowed_ms < HALVED_AGAIN_AFTER_MS:
        return pace
    return replace(pace, per_second=max(LOWEST_RATE, pace.per_second / 2), slowed_ms=now_ms)


def grown(pace: DomainPace, accepted: int) -> DomainPace:
    if not pace.is_slow:
        return pace
    per_second = pace.per_second + GROWTH * accepted
    if per_second >= FREE_RATE:
        return replace(pace, per_second=0.0, next_slot_ms=0, promised=())
    return replace(pace, per_second=per_second)


def take_slots(pace: DomainPace, wanted: int, now_ms: int) -> tuple[DomainPace, list[int | None]]:
    """For each of `wanted` messages the ms to wait: 0 for now, None for beyond the horizon.

    A message that comes back for its slot goes at once. Slots are not reserved for particular
    messages: any message may take one whose time has come.
    """
    if not pace.is_slow:
        return pace, [0] * wanted
    pace, ripe = _redeem(pace, wanted, now_ms)
    waits: list[int | None] = [0] * ripe
    first = slot = max(now_ms, pace.next_slot_ms)
    promised: list[int] = []
    while len(waits) < wanted and slot - now_ms <= HORIZON_MS:
        waits.append(slot - now_ms)
        if slot > now_ms:
            promised.append(slot)
        slot += pace.step_ms
    if slot != first:
        pace = replace(pace, next_slot_ms=slot)
    if promised:
        run = (promised[0], pace.step_ms, len(promised))
        pace = replace(pace, promised=_with_run(pace.promised, run))
    return pace, waits + [None] * (wanted - len(waits))


def _with_run(
    runs: tuple[tuple[int, int, int], ...], run: tuple[int, int, int]
) -> tuple[tuple[int, int, int], ...]:
    """A run that continues the last one extends it, which keeps the list short."""
    if not runs:
        return (run,)
    first, step, count = runs[-1]
    if step == run[1] and first + step * count == run[0]:
        return (*runs[:-1], (first, step, count + run[2]))
    return (*runs, run)


def _redeem(pace: DomainPace, wanted: int, now_ms: int) -> tuple[DomainPace, int]:
    """The pace without the slots whose time has come, and how many of them may be used."""
    left: list[tuple[int, int, int]] = []
    ripe = 0
    for first, step, count in pace.promised:
        lost = _before(first, step, count, now_ms - GRACE_MS)
        taken = min(_before(first, step, count, now_ms + 1) - lost, wanted - ripe)
        ripe += taken
        gone = lost + taken
        if gone < count:
            left.append((first + gone * step, step, count - gone))
    return replace(pace, promised=tuple(left)), ripe


def _before(first: int, step: int, count: int, moment_ms: int) -> int:
    """How many slots of a run come before `moment_ms`."""
    return min(count, max(0, -((first - moment_ms) // step)))

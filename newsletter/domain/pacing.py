"""How fast mail may go: a relay's quotas, a recipient domain that slows down or blocks us.

Times are milliseconds since 1970 in whole numbers: what is decided here is kept in Redis.
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
    """So many messages in any stretch of `window_ms`, counted in `buckets` buckets."""

    name: str
    """second, hour or day."""
    count: int
    window_ms: int
    buckets: int

    @property
    def bucket_ms(self) -> int:
        return self.window_ms // self.buckets

    @property
    def is_remembered(self) -> bool:
        """What was sent within an hour or a day is in the ledger, should the counts be lost."""
        return self.window_ms > 1_000


WARM = 1_000_000
"""Messages a day: with as many, a relay's warm-up is over."""


def limits(
    per_second: int, per_hour: int, per_day: int, ramp: tuple[date, int] | None, today: date
) -> tuple[Limit, ...]:
    """Those that there are; 0 is none. `ramp` is the first day and its number of messages."""
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
    """`start` up to and on the first day, then twice as many each day."""
    return start << min(max((today - first_day).days, 0), 30)


def remaining(limit: Limit, counts: Mapping[int, int], now_ms: int) -> tuple[int, int]:
    """How many may go now; else 0, and how long until some may. `counts` is by bucket number.

    A stretch as long as the window touches one bucket more than it has, hence the one more that is
    counted: the limit holds for any stretch, not only for those that begin with a bucket. Buckets
    ahead of the clock count too, for it may have been set back.
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
"""Messages a second, once a domain asks for less."""
LOWEST_RATE = 1 / 60
FREE_RATE = 20.0
"""Grown to this, it is slow no more."""
GROWTH = 0.02
"""Messages a second more for each one accepted."""
AFTER_PAUSE_RATE = 0.5
HALVED_AGAIN_AFTER_MS = 5_000
"""What was under way when a domain complained complains as well: that counts once."""
HORIZON_MS = 600_000
"""Slots are given so far ahead."""
GRACE_MS = 30_000
"""A slot that nobody came for is given away that long, and lost then: else there'd be a burst."""
FORGOTTEN_AFTER_MS = 6 * 3_600_000
"""Nothing heard of it for so long, a domain is taken for one like any other."""

BLOCKS_TO_PAUSE = 10
BLOCKS_AMONG = 50
_BLOCKED, _PASSED = "b", "."

FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DomainPace:
    """What is remembered of one recipient domain; nothing of those that never gave trouble."""

    per_second: float = 0.0
    """0 is free."""
    next_slot_ms: int = 0
    slowed_ms: int = 0
    promised: tuple[tuple[int, int, int], ...] = ()
    """Slots ahead, in runs: the first one, the step between them, how many."""
    marks: str = ""
    """Of the last messages since the first one blocked: which were blocked."""
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
    """What one window told about a domain."""

    accepted: int = 0
    asked_for_less: int = 0
    blocked: int = 0


def pace_after(pace: DomainPace, tally: DomainTally, now_ms: int) -> tuple[DomainPace, bool]:
    """What is known afterwards, and whether the domain has to be paused now."""
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
    # It begins anew after its pause, and slowly.
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
    """For each of `wanted` messages: the wait for its slot, 0 for now, None beyond the horizon.

    Who was promised a slot and comes back for it goes at once. Slots are not personal: a message
    that comes by when one is ripe may take it.
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
    """One that goes on where the last one ends makes it longer: there are few runs to keep."""
    if not runs:
        return (run,)
    first, step, count = runs[-1]
    if step == run[1] and first + step * count == run[0]:
        return (*runs[:-1], (first, step, count + run[2]))
    return (*runs, run)


def _redeem(pace: DomainPace, wanted: int, now_ms: int) -> tuple[DomainPace, int]:
    """How many of the promised slots are ripe for taking, and the pace without them."""
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
    """How many slots of a run are earlier than that."""
    return min(count, max(0, -((first - moment_ms) // step)))

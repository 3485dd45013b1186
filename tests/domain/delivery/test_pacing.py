"""How fast mail may go, with a clock of the test's."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery.pacing import (
    BLOCKS_AMONG,
    BLOCKS_TO_PAUSE,
    FIRST_RATE,
    GRACE_MS,
    HALVED_AGAIN_AFTER_MS,
    HORIZON_MS,
    LOWEST_RATE,
    DomainPace,
    DomainTally,
    Limit,
    limits,
    pace_after,
    remaining,
    take_slots,
    warm_up_limit,
    weighted_order,
)

NOW = 1_800_000_000_000
COMPLAINT = DomainTally(asked_for_less=1)

limit_values = st.builds(
    Limit,
    name=st.just("second"),
    count=st.integers(1, 50),
    period_ms=st.sampled_from([1_000, 6_000]),
    buckets=st.sampled_from([1, 4, 20]),
)
requests = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 30)), max_size=60)


@given(limit_values, requests)
def test_never_more_than_the_limit_in_any_stretch_whatever_is_asked_for(
    limit: Limit, asked: list[tuple[int, int]]
) -> None:
    counts: Counter[int] = Counter()
    sent: list[tuple[int, int]] = []
    now = NOW
    for pause_ms, wanted in asked:
        now += pause_ms
        granted = min(wanted, remaining(limit, counts, now)[0])
        counts[now // limit.bucket_ms] += granted
        sent.append((now, granted))
    for end, _ in sent:
        within = sum(n for at, n in sent if end - limit.period_ms < at <= end)
        assert within <= limit.count


@given(limit_values, requests)
def test_after_the_wait_that_was_named_something_may_go_and_not_before(
    limit: Limit, asked: list[tuple[int, int]]
) -> None:
    counts: Counter[int] = Counter()
    now = NOW
    for pause_ms, wanted in asked:
        now += pause_ms
        free, wait_ms = remaining(limit, counts, now)
        if free == 0:
            assert wait_ms > 0
            assert remaining(limit, counts, now + wait_ms - 1)[0] == 0
            assert remaining(limit, counts, now + wait_ms)[0] > 0
        counts[now // limit.bucket_ms] += min(wanted, free)


def test_a_clock_that_was_set_back_does_not_reset_the_limit() -> None:
    limit = Limit("hour", 10, 3_600_000, 60)
    counts = {NOW // limit.bucket_ms: 10}
    assert remaining(limit, counts, NOW - 120_000)[0] == 0


def test_a_relay_has_the_limits_that_were_set() -> None:
    assert limits(0, 0, 0, None, date(2026, 11, 1)) == ()
    found = limits(14, 0, 50_000, None, date(2026, 11, 1))
    assert [(limit.name, limit.count) for limit in found] == [("second", 14), ("day", 50_000)]


def test_a_warm_up_doubles_each_day_until_the_limit_of_a_day() -> None:
    first = date(2026, 11, 1)
    days = [first + timedelta(days=n) for n in range(-1, 5)]
    assert [warm_up_limit(first, 500, day) for day in days] == [500, 500, 1000, 2000, 4000, 8000]
    (limit,) = limits(0, 0, 3_000, (first, 500), first + timedelta(days=9))
    assert limit.count == 3_000


def test_a_warm_up_is_over_with_a_million_a_day() -> None:
    first = date(2026, 11, 1)
    (limit,) = limits(0, 0, 0, (first, 400_000), first + timedelta(days=1))
    assert limit.count == 800_000
    assert limits(0, 0, 0, (first, 400_000), first + timedelta(days=2)) == ()


def test_relays_take_turns_by_weight() -> None:
    draw = random.Random(1).random  # noqa: S311  a draw, not a secret
    weights = {"big": 3, "small": 1}
    first = Counter(
        weighted_order(list(weights), weights.__getitem__, draw)[0] for _ in range(4_000)
    )
    assert 2_800 < first["big"] < 3_200


def test_every_relay_has_its_turn() -> None:
    assert sorted(weighted_order([1, 2, 3], lambda n: n, lambda: 0.999)) == [1, 2, 3]


# --- A domain that asks for less ------------------------------------------------------------------


def test_a_domain_that_asks_for_less_is_slow_and_slower_when_it_asks_again() -> None:
    pace, _ = pace_after(DomainPace(), COMPLAINT, NOW)
    assert pace.per_second == FIRST_RATE
    pace, _ = pace_after(pace, COMPLAINT, NOW + HALVED_AGAIN_AFTER_MS)
    assert pace.per_second == FIRST_RATE / 2


def test_complaints_about_messages_under_way_count_once() -> None:
    pace, _ = pace_after(DomainPace(), COMPLAINT, NOW)
    pace, _ = pace_after(pace, COMPLAINT, NOW + 1)
    assert pace.per_second == FIRST_RATE


def test_the_rate_has_a_lower_bound() -> None:
    pace = DomainPace()
    for n in range(100):
        pace, _ = pace_after(pace, COMPLAINT, NOW + n * HALVED_AGAIN_AFTER_MS)
    assert pace.per_second == LOWEST_RATE


def test_it_grows_with_what_it_accepts_until_it_is_free_again() -> None:
    pace, _ = pace_after(DomainPace(), COMPLAINT, NOW)
    pace, _ = pace_after(pace, DomainTally(accepted=50), NOW)
    assert pace.per_second == FIRST_RATE + 1
    pace, _ = pace_after(pace, DomainTally(accepted=1_000), NOW)
    assert not pace.is_slow
    assert pace.is_forgettable(NOW)


def test_trouble_is_forgotten_after_hours_of_silence() -> None:
    pace, _ = pace_after(DomainPace(), COMPLAINT, NOW)
    later = NOW + 7 * 3_600_000
    assert pace.is_forgettable(later)
    assert not pace_after(pace, DomainTally(accepted=1), later)[0].is_slow


def test_a_free_domain_waits_for_nothing() -> None:
    assert take_slots(DomainPace(), 3, NOW)[1] == [0, 0, 0]


def test_each_message_gets_a_slot_of_its_own() -> None:
    pace = DomainPace(per_second=2, heard_ms=NOW)
    pace, waits = take_slots(pace, 4, NOW)
    assert waits == [0, 500, 1_000, 1_500]
    assert take_slots(pace, 2, NOW)[1] == [2_000, 2_500]


def test_a_message_that_comes_back_for_its_slot_goes_at_once() -> None:
    pace = DomainPace(per_second=2, heard_ms=NOW)
    pace, _ = take_slots(pace, 4, NOW)
    for wait_ms in (500, 1_000, 1_500):
        pace, waits = take_slots(pace, 1, NOW + wait_ms)
        assert waits == [0]
    assert pace.promised == ()


def test_slots_given_out_window_after_window_are_kept_as_one_run() -> None:
    pace = DomainPace(per_second=2, heard_ms=NOW)
    for _ in range(50):
        pace, _ = take_slots(pace, 4, NOW)
    assert pace.promised == ((NOW + 500, 500, 199),)


def test_slots_reach_no_further_than_the_horizon() -> None:
    _, waits = take_slots(DomainPace(per_second=LOWEST_RATE, heard_ms=NOW), 100, NOW)
    given_out = [wait for wait in waits if wait is not None]
    assert max(given_out) <= HORIZON_MS
    assert len(given_out) == 11
    assert waits[11:] == [None] * 89


def test_unused_slots_make_no_burst() -> None:
    pace = DomainPace(per_second=2, heard_ms=NOW)
    pace, _ = take_slots(pace, 500, NOW)
    _, waits = take_slots(pace, 500, NOW + 200_000)
    assert waits.count(0) <= 2 * GRACE_MS // 1_000 + 1


@given(
    st.sampled_from([0.5, 2.0, 10.0]),
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 40)), max_size=40),
)
def test_no_more_go_to_a_slow_domain_than_its_rate_whatever_comes_by(
    per_second: float, asked: list[tuple[int, int]]
) -> None:
    pace = DomainPace(per_second=per_second, heard_ms=NOW)
    now, went = NOW, 0
    for pause_ms, wanted in asked:
        now += pause_ms
        pace, waits = take_slots(pace, wanted, now)
        went += waits.count(0)
    assert went <= (now - NOW) / pace.step_ms + 1


# --- A domain that blocks us ----------------------------------------------------------------------


def test_a_domain_that_blocks_in_numbers_has_to_be_paused() -> None:
    pace, is_to_pause = pace_after(DomainPace(), DomainTally(blocked=BLOCKS_TO_PAUSE - 1), NOW)
    assert not is_to_pause
    pace, is_to_pause = pace_after(pace, DomainTally(blocked=1), NOW)
    assert is_to_pause


def test_after_its_pause_a_domain_starts_slowly() -> None:
    pace, _ = pace_after(DomainPace(), DomainTally(blocked=BLOCKS_TO_PAUSE), NOW)
    assert pace.is_slow
    assert not pace_after(pace, DomainTally(blocked=1), NOW)[1]


def test_a_few_blocked_among_many_accepted_pause_nothing() -> None:
    pace = DomainPace()
    for n in range(200):
        pace, is_to_pause = pace_after(pace, DomainTally(accepted=9, blocked=1), NOW + n)
        assert not is_to_pause


def test_blocks_of_long_ago_are_forgotten_with_what_was_accepted_since() -> None:
    pace, _ = pace_after(DomainPace(), DomainTally(blocked=9), NOW)
    pace, _ = pace_after(pace, DomainTally(accepted=BLOCKS_AMONG), NOW)
    assert pace.is_forgettable(NOW)

"""The pace that all workers share, on real Redis and both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis

from newsletter.delivery.pace import Pacer
from newsletter.domain.delivery.outcomes import Accepted, Deferred, Outcome, Rejected
from newsletter.domain.delivery.pacing import BLOCKS_TO_PAUSE, FIRST_RATE, Limit, remaining
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.relay import Relay
from newsletter.spool.pace import CountsUnknown
from newsletter.spool.shared_pace import SharedPace
from newsletter.store.models import Delivery, Edition, Event
from newsletter.store.sending import domain_pauses, relay_pauses
from newsletter.store.sending.domain_pauses import DomainTrouble, pause_domain
from newsletter.usecases.context import Context
from tests.conftest import Clock, free_port
from tests.support.builders import a_newsletter, an_issue

MINUTE = timedelta(minutes=1)
OK = Accepted(Reply(250, "OK"))
LESS = Deferred(Reply(421, "too many", "4.7.0"), Stage.RCPT)
BLOCKED = Rejected(Reply(550, "we don't like you", "5.7.1"), Stage.DOT)

PacerMaker = Callable[..., Pacer]


@pytest.fixture
def pacer_of(context: Context) -> Iterator[PacerMaker]:
    """Pacers as in as many worker processes."""
    made: list[Pacer] = []

    def make(*relays: Relay, of: Context = context) -> Pacer:
        made.append(Pacer(of, relays))
        return made[-1]

    yield make
    for pacer in made:
        pacer.close()


def a_relay(host: str = "one.example", **values: Any) -> Relay:
    return Relay(host, 25, **values)


# --- Limits of a relay ----------------------------------------------------------------------------


def test_without_limits_everything_goes_and_redis_is_not_asked(
    pacer_of: PacerMaker, context: Context
) -> None:
    away = replace(context, settings=replace(context.settings, redis_url=nobody_there()))
    reserved = pacer_of(a_relay(), of=away).reserve(100)
    assert (reserved.count, reserved.relay) == (100, a_relay())


def test_several_workers_share_the_limits_of_a_relay(pacer_of: PacerMaker, clock: Clock) -> None:
    relay = a_relay(per_hour=250)
    workers = [pacer_of(relay) for _ in range(3)]
    assert [worker.reserve(100).count for worker in workers] == [100, 100, 50]
    refused = workers[0].reserve(100)
    assert (refused.relay, refused.count) == (None, 0)
    assert refused.wait_s > 0
    assert "250 messages for this hour" in refused.reason
    clock.advance(61 * MINUTE)
    assert workers[0].reserve(100).count == 100


def test_the_narrowest_limit_counts(pacer_of: PacerMaker, clock: Clock) -> None:
    pacer = pacer_of(a_relay(per_second=10, per_hour=25))
    granted = []
    for _ in range(4):
        granted.append(pacer.reserve(100).count)
        clock.advance(timedelta(seconds=2))
    assert granted == [10, 10, 5, 0]


def test_unused_reservations_are_given_back(pacer_of: PacerMaker) -> None:
    pacer = pacer_of(a_relay(per_day=100))
    reserved = pacer.reserve(100)
    pacer.give_back(reserved, 30)
    assert pacer.reserve(100).count == 30


def test_a_relay_that_warms_up_takes_little_at_first(pacer_of: PacerMaker, clock: Clock) -> None:
    pacer = pacer_of(a_relay(warm_up_from=clock.now.date() - timedelta(days=1), warm_up_start=20))
    assert pacer.reserve(100).count == 40
    assert pacer.reserve(100).count == 0


@pytest.mark.parametrize("seed", range(3))
def test_redis_grants_as_much_as_the_rule(redis_url: str, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  a schedule, not a secret
    limit = Limit("second", draw.randint(5, 40), 1_000, 20)
    shared, counts, now_ms = SharedPace(redis_url), Counter[int](), 1_800_000_000_000
    for _ in range(200):
        now_ms += draw.randint(0, 120)
        wanted = draw.randint(1, 12)
        free, wait_ms = remaining(limit, counts, now_ms)
        grant = shared.reserve("r.example:25", [limit], wanted, now_ms)
        assert (grant.count, grant.wait_ms) == (min(free, wanted), wait_ms)
        counts[now_ms // limit.bucket_ms] += grant.count
    shared.close()


# --- Redis lost, Redis away -----------------------------------------------------------------------


def test_after_redis_was_flushed_the_counts_come_from_the_ledger(
    pacer_of: PacerMaker, context: Context, redis_url: str
) -> None:
    sent(context, relay="one.example:25", count=70)
    sent(context, relay="other.example:25", count=25)
    sent(context, relay="one.example:25", count=20, ago=timedelta(hours=2))
    pacer = pacer_of(a_relay(per_hour=100, per_day=110))
    assert pacer.reserve(15).count == 15
    redis.Redis.from_url(redis_url).flushall()
    assert pacer.reserve(100).count == 20
    assert pacer.reserve(100).count == 0


def test_nothing_is_granted_while_the_counts_are_unknown(redis_url: str) -> None:
    shared = SharedPace(redis_url)
    with pytest.raises(CountsUnknown):
        shared.reserve("r.example:25", [Limit("day", 10, 86_400_000, 96)], 1, 1_800_000_000_000)
    shared.close()


def test_with_redis_away_a_relay_with_limits_takes_nothing_and_another_one_does(
    pacer_of: PacerMaker, context: Context
) -> None:
    away = replace(context, settings=replace(context.settings, redis_url=nobody_there()))
    limited, free = a_relay(per_day=1_000), a_relay("free.example")
    refused = pacer_of(limited, of=away).reserve(10)
    assert (refused.count, refused.wait_s) == (0, 1.0)
    assert "Redis can't be used" in refused.reason
    assert pacer_of(limited, free, of=away).reserve(10).relay == free


def test_with_redis_away_no_domain_is_slowed(pacer_of: PacerMaker, context: Context) -> None:
    away = replace(context, settings=replace(context.settings, redis_url=nobody_there()))
    pacer = pacer_of(a_relay(), of=away)
    assert pacer.record_outcomes("one.example:25", [("slow.example", LESS)] * 20) == []
    assert waits_of(pacer, ["slow.example"] * 3) == [None] * 3


def test_that_redis_is_away_is_logged_once_and_not_for_each_window(
    pacer_of: PacerMaker, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    away = replace(context, settings=replace(context.settings, redis_url=nobody_there()))
    pacer = pacer_of(a_relay(per_day=10), of=away)
    with caplog.at_level("INFO"):
        for _ in range(5):
            pacer._redis_again_at_s = 0.0  # as if a second had gone by
            pacer.reserve(1)
    assert len([line for line in caplog.messages if "redis away" in line]) == 1


def test_reservations_from_before_redis_was_lost_are_not_given_back_to_the_new_counts(
    pacer_of: PacerMaker, redis_url: str, clock: Clock
) -> None:
    pacer = pacer_of(a_relay(per_day=100))
    before = pacer.reserve(60)
    redis.Redis.from_url(redis_url).flushall()
    clock.advance(timedelta(seconds=1))
    assert pacer.reserve(100).count == 100
    pacer.give_back(before, 60)
    assert pacer.reserve(100).count == 0


# --- Without any Redis ----------------------------------------------------------------------------


def test_without_redis_a_process_keeps_the_limits_by_itself(
    pacer_of: PacerMaker, context: Context, clock: Clock
) -> None:
    sent(context, relay="one.example:25", count=30)
    alone = replace(context, settings=replace(context.settings, redis_url=""))
    pacer = pacer_of(a_relay(per_second=40, per_hour=100), of=alone)
    reserved = pacer.reserve(100)
    assert reserved.count == 40
    assert pacer.reserve(100).count == 0
    clock.advance(timedelta(seconds=2))
    assert pacer.reserve(100).count == 30
    refused = pacer.reserve(100)
    assert (refused.relay, refused.count) == (None, 0)
    assert "100 messages for this hour" in refused.reason
    pacer.give_back(reserved, 5)
    clock.advance(timedelta(seconds=2))
    assert pacer.reserve(100).count == 5


def test_without_redis_a_process_slows_and_pauses_domains_by_itself(
    pacer_of: PacerMaker, context: Context
) -> None:
    alone = replace(context, settings=replace(context.settings, redis_url=""))
    pacer = pacer_of(a_relay(), of=alone)
    pacer.record_outcomes("one.example:25", [("big.example", LESS)])
    step = timedelta(seconds=1 / FIRST_RATE)
    assert waits_of(pacer, ["big.example"] * 3) == [None, step, 2 * step]
    pacer.record_outcomes("one.example:25", [("big.example", OK)] * 1_000)
    assert waits_of(pacer, ["big.example"] * 3) == [None] * 3
    (trouble,) = pacer.record_outcomes(
        "one.example:25", [("other.example", BLOCKED)] * BLOCKS_TO_PAUSE
    )
    assert trouble.domain == "other.example"


# --- Several relays -------------------------------------------------------------------------------


def test_another_relay_takes_what_the_first_can_not(pacer_of: PacerMaker) -> None:
    pacer = pacer_of(a_relay(per_day=30), a_relay("two.example", per_day=40))
    granted = Counter[str]()
    for _ in range(20):
        reserved = pacer.reserve(10)
        if reserved.relay:
            granted[reserved.relay.name] += reserved.count
    assert granted == {"one.example:25": 30, "two.example:25": 40}


def test_a_paused_relay_is_left_alone_and_the_others_go_on(
    pacer_of: PacerMaker, context: Context
) -> None:
    pause(context, "one.example:25")
    pacer = pacer_of(a_relay(weight=1_000), a_relay("two.example"))
    assert {pacer.reserve(1).relay for _ in range(20)} == {a_relay("two.example")}


def test_with_all_relays_paused_the_reason_is_given(pacer_of: PacerMaker, context: Context) -> None:
    pause(context, "one.example:25")
    refused = pacer_of(a_relay()).reserve(1)
    assert refused.count == 0
    assert "one.example:25" in refused.reason
    assert "it hung up" in refused.reason


def test_the_success_of_one_relay_does_not_end_the_pause_of_another(context: Context) -> None:
    pause(context, "one.example:25")
    pause(context, "two.example:25")
    both = ["one.example:25", "two.example:25"]
    with context.database.write() as session:
        assert relay_pauses.pause_of_all(session, context.now(), both)
        assert relay_pauses.clear_trouble(session, "one.example:25")
    with context.database.read() as session:
        assert set(relay_pauses.pauses_by_relay(session, context.now())) == {"two.example:25"}
        assert relay_pauses.pause_of_all(session, context.now(), both) is None


# --- Recipient domains ----------------------------------------------------------------------------


def test_a_domain_that_asks_for_less_is_slow_for_all_workers(
    pacer_of: PacerMaker, clock: Clock
) -> None:
    heard, other = pacer_of(a_relay()), pacer_of(a_relay())
    heard.record_outcomes("one.example:25", [("big.example", LESS), ("small.example", OK)])
    step = timedelta(seconds=1 / FIRST_RATE)
    waits = waits_of(heard, ["big.example", "small.example", "big.example"])
    assert waits == [None, None, step]
    (paced,) = other.delays(["big.example"])
    assert paced is not None
    assert paced.wait == 2 * step
    assert "big.example asked us to slow down" in paced.reason
    clock.advance(step)
    assert heard.delays(["big.example"]) == [None]


def test_it_is_free_again_after_enough_was_accepted(pacer_of: PacerMaker) -> None:
    pacer = pacer_of(a_relay())
    pacer.record_outcomes("one.example:25", [("big.example", LESS)])
    pacer.record_outcomes("one.example:25", [("big.example", OK)] * 1_000)
    assert pacer.delays(["big.example"] * 100) == [None] * 100
    assert pacer_of(a_relay()).delays(["big.example"] * 100) == [None] * 100


def test_a_domain_that_blocks_us_is_paused_and_the_history_has_the_reason(
    pacer_of: PacerMaker, context: Context, clock: Clock
) -> None:
    outcomes: list[tuple[str, Outcome]] = [("big.example", BLOCKED)] * (BLOCKS_TO_PAUSE - 1)
    first, second = pacer_of(a_relay()), pacer_of(a_relay())
    assert first.record_outcomes("one.example:25", outcomes) == []
    (trouble,) = second.record_outcomes("one.example:25", [("big.example", BLOCKED)])
    assert trouble.domain == "big.example"
    assert "we don't like you" in trouble.reason
    with context.database.write() as session:
        until = pause_domain(session, trouble, 7, context.now())
        assert session.query(Event).one().facts["domain"] == "big.example"
    first.refresh_now()
    paused, free = first.delays(["big.example", "other.example"])
    assert free is None
    assert paused is not None
    assert paused.wait >= 10 * MINUTE
    assert "blocked us" in paused.reason
    clock.now = until
    first.refresh_now()
    assert first.delays(["big.example"]) == [None]


def test_unknown_addresses_do_not_count_as_blocks(pacer_of: PacerMaker) -> None:
    unknown = Rejected(Reply(550, "no such user", "5.1.1"), Stage.RCPT)
    assert (
        pacer_of(a_relay()).record_outcomes("one.example:25", [("big.example", unknown)] * 50) == []
    )


def test_each_pause_in_a_row_is_twice_as_long(context: Context, clock: Clock) -> None:
    lengths = []
    for _ in range(3):
        with context.database.write() as session:
            until = pause_domain(session, DomainTrouble("big.example", "why"), 7, clock.now)
        lengths.append(until - clock.now)
        clock.now = until
    assert lengths == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE]
    with context.database.write() as session:
        assert domain_pauses.current_pauses(session, clock.now) == []
        assert domain_pauses.clear_trouble(session, "big.example")
        assert not domain_pauses.clear_trouble(session, "big.example")


def waits_of(pacer: Pacer, domains: list[str]) -> list[timedelta | None]:
    return [paced.wait if paced else None for paced in pacer.delays(domains)]


def nobody_there() -> str:
    return f"redis://127.0.0.1:{free_port()}/0"


def pause(context: Context, relay: str) -> None:
    now = context.now()
    with context.database.write() as session:
        relay_pauses.record_trouble(session, relay, "it hung up", now, lambda _: 10 * MINUTE)


def sent(context: Context, *, relay: str, count: int, ago: timedelta = timedelta(0)) -> None:
    """Lines of the ledger that the relay took."""
    newsletter = a_newsletter(context)
    issue = an_issue(context, newsletter)
    now = context.now()
    with context.database.write() as session:
        edition = Edition(
            issue_id=issue.id,
            newsletter_id=newsletter.id,
            number=1,
            subject="",
            html="",
            text="",
            content={},
            active_at_freeze=count,
            frozen_at=now,
            expires_at=now + timedelta(hours=48),
        )
        session.add(edition)
        session.flush()
        session.add_all(
            Delivery(
                edition_id=edition.id,
                subscriber_id=number,
                subscription_id=number,
                state="accepted",
                state_at=now - ago,
                relay=relay,
            )
            for number in range(count)
        )

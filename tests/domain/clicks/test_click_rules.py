"""Machines are told from people by rules that are written down."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.clicks.click_rules import WORDS, Hit, Verdict, judge, sign_of

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def hits(*made: tuple[int, float], subscriber: int | None = None, client: int = 7) -> list[Hit]:
    """Of (link, seconds after noon)."""
    return [
        Hit(at, number, NOON + timedelta(seconds=seconds), subscriber, client)
        for at, (number, seconds) in enumerate(made, 1)
    ]


def verdicts(found: dict[int, Verdict]) -> list[str]:
    return [found[hit_id].value for hit_id in sorted(found)]


@pytest.mark.parametrize(
    ("method", "agent", "purpose", "address", "expected"),
    [
        ("GET", FIREFOX, "", "192.0.2.1", None),
        ("HEAD", FIREFOX, "", "192.0.2.1", Verdict.HEAD),
        ("GET", FIREFOX, "prefetch;prerender", "192.0.2.1", Verdict.PREFETCH),
        ("GET", "", "", "192.0.2.1", Verdict.AGENT),
        ("GET", "python-requests/2.32", "", "192.0.2.1", Verdict.AGENT),
        ("GET", "Mozilla/5.0 (compatible; Googlebot/2.1)", "", "192.0.2.1", Verdict.AGENT),
        ("GET", "Slackbot-LinkExpanding 1.0", "", "192.0.2.1", Verdict.AGENT),
        ("GET", FIREFOX, "", "209.222.82.9", Verdict.NETWORK),
        ("GET", FIREFOX, "", "198.51.100.9", Verdict.NETWORK),
        ("GET", FIREFOX, "", "no address", None),
    ],
)
def test_what_a_request_shows_by_itself(
    method: str, agent: str, purpose: str, address: str, expected: Verdict | None
) -> None:
    assert sign_of(method, agent, purpose, address, ("198.51.100.0/24",)) is expected


def test_five_links_in_five_seconds_are_a_burst_and_five_in_a_minute_are_a_reader() -> None:
    quick = hits((1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 30))
    assert verdicts(judge(quick, {}, 20)) == ["burst"] * 5 + ["person"]
    slow = hits((1, 0), (2, 10), (3, 20), (4, 30), (5, 40))
    assert verdicts(judge(slow, {}, 20)) == ["person"] * 5


def test_all_links_of_a_short_issue_are_a_burst_but_two_are_not() -> None:
    assert verdicts(judge(hits((1, 0), (2, 1), (3, 2)), {}, 3)) == ["burst"] * 3
    assert verdicts(judge(hits((1, 0), (2, 1)), {}, 2)) == ["person"] * 2


def test_clicks_within_seconds_of_delivery_or_before_its_record_are_early() -> None:
    made = hits((1, 3), (2, 9), (3, 30), subscriber=4)
    assert verdicts(judge(made, {4: NOON}, 20)) == ["early", "early", "person"]
    assert verdicts(judge(made, {4: NOON + timedelta(seconds=5)}, 20)) == ["early"] * 2 + ["person"]


def test_one_address_that_clicks_for_ten_readers_in_a_minute_is_a_machine() -> None:
    made = [Hit(n, 1, NOON + timedelta(seconds=5 * n), n, 7) for n in range(1, 11)]
    assert set(judge(made, {}, 20).values()) == {Verdict.SHARED}
    assert set(judge(made[:9], {}, 20).values()) == {Verdict.PERSON}


def test_a_link_opened_again_within_a_minute_counts_once() -> None:
    made = hits((1, 0), (1, 1), (2, 2), (1, 100))
    assert verdicts(judge(made, {}, 20)) == ["person", "repeat", "person", "person"]


def test_a_scanner_takes_nothing_from_the_reader_who_opens_a_link_after_it() -> None:
    made = hits(*((n, n / 10) for n in range(1, 7)), (3, 30), subscriber=4)
    assert verdicts(judge(made, {}, 20)) == ["burst"] * 6 + ["person"]


def test_what_a_request_showed_is_not_judged_again() -> None:
    made = [Hit(1, 1, NOON, None, 7, Verdict.HEAD), Hit(2, 1, NOON + timedelta(seconds=1), None, 7)]
    assert verdicts(judge(made, {}, 20)) == ["head", "person"]


def test_ten_thousand_clicks_by_a_scanners_pattern_are_counted_apart() -> None:
    """It opens all 20 links for each of 500 readers, from a few addresses; 50 people read on."""
    scanner = [
        Hit(reader * 20 + link, link, NOON + timedelta(seconds=reader, milliseconds=link), None,
            1000 + reader)
        for reader in range(500)
        for link in range(1, 21)
    ]  # fmt: skip
    people = [
        Hit(100_000 + n, n % 20 + 1, NOON + timedelta(seconds=7 * n), None, 50_000 + n)
        for n in range(50)
    ]
    counted = Counter(judge([*scanner, *people], {}, 20).values())
    assert counted == {Verdict.BURST: 10_000, Verdict.PERSON: 50}


def test_each_verdict_has_words() -> None:
    assert set(WORDS) == set(Verdict)

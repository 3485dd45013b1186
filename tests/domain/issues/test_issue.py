"""When an issue may go out: local times, with the two hours a year that are not like others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import (
    DoubleHour,
    SkippedHour,
    moment_of_local_time,
    require_future,
)

BERLIN = "Europe/Berlin"


def test_nine_on_monday_is_nine_where_the_newsletter_is() -> None:
    moment = moment_of_local_time(datetime(2026, 11, 23, 9, 0), BERLIN)
    assert moment == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wanted", "next_possible"),
    [
        (BERLIN, datetime(2027, 3, 28, 2, 30), datetime(2027, 3, 28, 3, 0)),
        ("America/New_York", datetime(2027, 3, 14, 2, 0), datetime(2027, 3, 14, 3, 0)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 10), datetime(2026, 10, 4, 2, 30)),
    ],
)
def test_the_skipped_hour_is_refused_with_the_next_possible_time(
    zone: str, wanted: datetime, next_possible: datetime
) -> None:
    with pytest.raises(SkippedHour) as refused:
        moment_of_local_time(wanted, zone)
    assert refused.value.next_possible == next_possible
    assert f"{next_possible:%H:%M}" in str(refused.value)


def test_the_double_hour_asks_which_one_is_meant() -> None:
    wanted = datetime(2026, 10, 25, 2, 30)
    with pytest.raises(DoubleHour) as asked:
        moment_of_local_time(wanted, BERLIN)
    assert asked.value.later - asked.value.earlier == timedelta(hours=1)
    assert moment_of_local_time(wanted, BERLIN, fold=0) == asked.value.earlier
    assert moment_of_local_time(wanted, BERLIN, fold=1) == asked.value.later


@given(
    wanted=st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)),
    zone=st.sampled_from(
        [BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
    ),
)
def test_every_time_that_is_taken_shows_as_it_was_typed(wanted: datetime, zone: str) -> None:
    try:
        moment = moment_of_local_time(wanted, zone)
    except SkippedHour as refused:
        assert moment_of_local_time(refused.next_possible, zone)  # noqa: PT017  either way holds
    except DoubleHour as asked:
        assert asked.earlier < asked.later  # noqa: PT017
    else:
        assert moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted


def test_the_past_is_refused_and_the_present_told() -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="13:00 in Europe/Berlin"):
        require_future(now, now, BERLIN)
    require_future(now + timedelta(seconds=1), now, BERLIN)

"""One press schedules an issue for a usual time, whatever the day and the hour."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.domain.sending.send_times import usual_times


@pytest.mark.parametrize(
    ("now", "said"),
    [
        # A Saturday at noon in Berlin.
        ((2026, 11, 28, 11), "Today 17:00 28 | Tomorrow 9:00 29 | Monday 9:00 30"),
        # Sunday late: tomorrow is Monday.
        ((2026, 11, 29, 20), "Tomorrow 9:00 30"),
        # A Monday at seven in the morning there.
        ((2026, 11, 30, 6), "Today 9:00 30 | Today 17:00 30 | Tomorrow 9:00 1 | Monday 9:00 7"),
        # Half past eight is too late for nine.
        ((2026, 12, 1, 7, 30), "Today 17:00 1 | Tomorrow 9:00 2 | Monday 9:00 7"),
    ],
)
def test_usual_times_leave_an_hour_and_are_those_of_the_newsletter(
    now: tuple[int, ...], said: str
) -> None:
    found = usual_times(datetime(*now, tzinfo=UTC), "Europe/Berlin")
    assert " | ".join(f"{one.label} {one.local:%-d}" for one in found) == said

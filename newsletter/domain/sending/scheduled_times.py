"""A newsletter moves to another time zone while issues are scheduled: which time is meant?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from newsletter.domain.issues.issue import SkippedHour, moment_of_local_time
from newsletter.domain.problems import InvalidFields


class Meant(StrEnum):
    CLOCK = "clock"
    """Nine stays nine: another moment."""
    MOMENT = "moment"
    """The same moment: another time on the clock."""


class WhichTimeIsMeant(InvalidFields):
    """`titles` are those of the scheduled issues."""

    def __init__(self, titles: Sequence[str]) -> None:
        named = ", ".join(f"“{title or 'Untitled issue'}”" for title in titles)
        whose = "its time" if len(titles) == 1 else "their times"
        super().__init__(
            {
                "time_zone": f"Scheduled: {named}. Say whether to keep {whose} on the clock or the "
                "same moment."
            }
        )
        self.titles = tuple(titles)


def moment_meant(moment: datetime, old_zone: str, new_zone: str, meant: Meant) -> datetime:
    """Of a time that the new zone skips, the next that it has; of a double one, the first."""
    if meant is Meant.MOMENT:
        return moment
    local = moment.astimezone(ZoneInfo(old_zone)).replace(tzinfo=None)
    try:
        return moment_of_local_time(local, new_zone, fold=0)
    except SkippedHour as error:
        return moment_of_local_time(error.next_possible, new_zone, fold=0)

"""Times that issues are often sent at, each one press away, and a time in UTC beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MORNING, _EVENING = time(9), time(17)
_LEAST_NOTICE = timedelta(hours=1)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class UsualTime:
    """`local` is naive, in the newsletter's zone."""

    label: str
    local: datetime


def usual_times(now: datetime, zone: str) -> list[UsualTime]:
    """The next ones that leave an hour, the earliest first."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    today, tomorrow = local.date(), local.date() + timedelta(days=1)
    monday = tomorrow + timedelta(days=(_MONDAY - tomorrow.weekday()) % 7)
    wanted = [
        UsualTime("Today 9:00", datetime.combine(today, _MORNING)),
        UsualTime("Today 17:00", datetime.combine(today, _EVENING)),
        UsualTime("Tomorrow 9:00", datetime.combine(tomorrow, _MORNING)),
    ]
    if monday != tomorrow:
        wanted.append(UsualTime("Monday 9:00", datetime.combine(monday, _MORNING)))
    return [one for one in wanted if one.local >= local + _LEAST_NOTICE]


def utc_words(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%a %-d %b, %H:%M} UTC"

"""An issue's own date: the day that it names, whenever it is sent."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_DAY = date(1971, 1, 1)
"""Programs that lost a date write 1970-01-01."""
FARTHEST = timedelta(days=366)


def date_problem(day: date | None, today: date | None) -> str:
    """Empty for a date that an issue can have, and for none. Without `today` none is too late."""
    if day is None:
        return ""
    if day < FIRST_DAY:
        wrong = "before 1971"
    elif today and day > today + FARTHEST:
        wrong = "more than a year ahead"
    else:
        return ""
    return (
        f"The date {day.isoformat()} is {wrong}. Check the year, or leave the date empty: "
        "then the issue shows the day it is sent."
    )

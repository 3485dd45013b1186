"""Days and times as people read them, on pages, in mails and in the history: one form for each.

Commands and files have ISO 8601, which sorts.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def said_time(moment: datetime, zone: str) -> str:
    """“Mon 7 Dec 2026, 09:00”, on the clocks of the zone."""
    return said_local(moment.astimezone(ZoneInfo(zone)))


def said_local(shown: datetime) -> str:
    """The same of what the clocks show already."""
    return f"{shown:%a %-d %b %Y, %H:%M}"


def said_day(day: date) -> str:
    """“7 December 2026”, for a sentence."""
    return f"{day:%-d %B %Y}"

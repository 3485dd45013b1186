"""A report for display: its bars, the time left, and the available actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.domain.issues.issue import IssueState
from newsletter.usecases.sending.issue_report import IssueReport

_WORDS = (
    ("accepted", "Accepted by the relay", "good"),
    ("pending", "Waiting", "open"),
    ("handing_over", "Being sent", "open"),
    ("deferred", "Deferred, will retry", "open"),
    ("failed", "Refused", "bad"),
    ("expired", "Expired", "bad"),
    ("uncertain", "Uncertain, may have arrived", "bad"),
    ("withdrawn", "Unsubscribed during sending", "quiet"),
    ("suppressed", "Suppressed address", "quiet"),
    ("cancelled", "Cancelled", "quiet"),
)
_LARGE = 100_000
_UNDER_WAY = frozenset({IssueState.SENDING, IssueState.PAUSED})
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400


@dataclass(frozen=True, slots=True)
class Bar:
    """`start` and `share` are percentages of the whole, for the drawing."""

    name: str
    text: str
    tone: str
    count: int
    start: float
    share: float


def bars_of(report: IssueReport) -> list[Bar]:
    """In drawing order. Bars without copies have no length."""
    total, start, bars = max(report.active_at_freeze, 1), 0.0, []
    for name, text, tone in _WORDS:
        count = getattr(report, name)
        share = 100 * count / total
        bars.append(Bar(name, text, tone, count, round(start, 3), round(share, 3)))
        start += share
    return bars


def refresh_s(report: IssueReport) -> int:
    """Seconds between refreshes, 0 for never. Adding up a large ledger takes time."""
    if report.state not in _UNDER_WAY:
        return 0
    return 2 if report.active_at_freeze < _LARGE else 10


def offers(report: IssueReport) -> str:
    """The actions on this page, as one word. When it changes, the page is reloaded."""
    names = ("failed", "expired", "held", "resendable", "resendable_held", "started_at")
    can = [name for name in names if getattr(report, name)]
    return "-".join([report.state, *can, "leave-uncertain" if report.left_uncertain else ""])


def done_at(report: IssueReport, now: datetime, zone: str) -> str:
    """The time at which nothing is left, on the newsletter's clock. "" if unknown, or very soon."""
    seconds = report.seconds_left
    if seconds is None or seconds < _MINUTE_S:
        return ""
    done = (now + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
    return f"{done:%a %-d %b, %H:%M}" if seconds > _DAY_S else f"{done:%H:%M}"


def time_left(report: IssueReport) -> str:
    """In words. "" if unknown."""
    seconds = report.seconds_left
    if seconds is None:
        return ""
    if seconds < _MINUTE_S:
        return "less than a minute left"
    if seconds < 2 * _HOUR_S:
        minutes = round(seconds / _MINUTE_S)
        return f"about {minutes} {'minute' if minutes == 1 else 'minutes'} left"
    return f"about {round(seconds / _HOUR_S)} hours left"

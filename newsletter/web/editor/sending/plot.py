"""The plot of a report: accepted copies over time, drawn on the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.usecases.sending.issue_report import IssueReport

WIDTH, HEIGHT = 600, 140
_LEAST_POINTS = 2


@dataclass(frozen=True, slots=True)
class Plot:
    """`line` and `area` are paths in a box of WIDTH × HEIGHT; `words` say the same in brief."""

    line: str
    area: str
    begins: str
    ends: str
    words: str
    width: int = WIDTH
    height: int = HEIGHT


def plot_of(report: IssueReport, zone: str, now: datetime) -> Plot | None:
    """None until there is something to draw."""
    if report.started_at is None or len(report.accepted_by) < _LEAST_POINTS:
        return None
    tz = ZoneInfo(zone)
    end = max(report.finished_at or now, report.accepted_by[-1][0])
    moments = [(report.started_at, 0), *report.accepted_by, (end, report.accepted)]
    span = max(end - report.started_at, timedelta(seconds=1))
    top = max(report.active_at_freeze, report.accepted, 1)
    points = [
        (
            max((moment - report.started_at) / span, 0.0) * WIDTH,
            HEIGHT - count / top * HEIGHT,
        )
        for moment, count in moments
    ]
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    format_ = "%H:%M:%S" if span < timedelta(minutes=10) else "%H:%M"
    if span > timedelta(hours=20):
        format_ = "%a %-d %b, %H:%M"
    return Plot(
        line=line,
        area=f"{line} L{WIDTH} {HEIGHT} L0 {HEIGHT} Z",
        begins=f"{report.started_at.astimezone(tz):{format_}}",
        ends=f"{end.astimezone(tz):{format_}}",
        words=_words(report, tz, format_),
    )


def _words(report: IssueReport, tz: ZoneInfo, format_: str) -> str:
    half = next(
        moment for moment, count in report.accepted_by if count * 2 >= max(report.accepted, 1)
    )
    return (
        f"Accepted copies over time: half of {report.accepted:,} by "
        f"{half.astimezone(tz):{format_}}, the last by "
        f"{report.accepted_by[-1][0].astimezone(tz):{format_}}."
    )

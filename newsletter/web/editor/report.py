"""The bars of a report: what became of the copies, in shares of the whole."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.usecases.report_issue import IssueReport

_WORDS = (
    ("accepted", "Accepted by the relay", "good"),
    ("pending", "Waiting", "open"),
    ("handing_over", "Being handed over", "open"),
    ("deferred", "Deferred, tried again later", "open"),
    ("failed", "Refused", "bad"),
    ("expired", "Given up after too long", "bad"),
    ("uncertain", "Uncertain: nobody knows whether it arrived", "bad"),
    ("withdrawn", "Left while it went out", "quiet"),
    ("suppressed", "Suppressed address", "quiet"),
    ("cancelled", "Cancelled", "quiet"),
)


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
    """In the order in which they are drawn; those without a copy have no length."""
    total, start, bars = max(report.active_at_freeze, 1), 0.0, []
    for name, text, tone in _WORDS:
        count = getattr(report, name)
        share = 100 * count / total
        bars.append(Bar(name, text, tone, count, round(start, 3), round(share, 3)))
        start += share
    return bars

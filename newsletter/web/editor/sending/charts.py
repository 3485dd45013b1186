"""Charts drawn on the server. Each has its numbers in a table beside it, and says its gist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from newsletter.store.clicks.edition_domains import DomainCount
from newsletter.usecases.clicks.show_growth import AtIssue, Moved
from newsletter.usecases.clicks.show_liked import LinkClicks

WIDTH = 600
_ROW, _BAR = 22, 14
_LABEL = 34
_PLOT = 140
_LEAST_POINTS = 2
LINKS_DRAWN = 40


@dataclass(frozen=True, slots=True)
class Rect:
    """`tone` is a class of editor.css, `words` are shown under the pointer."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Chart:
    """`id` is its own on the page; `line` is a path, "" for none."""

    id: str
    title: str
    words: str
    height: int
    rects: tuple[Rect, ...] = ()
    labels: tuple[Label, ...] = ()
    line: str = ""
    width: int = WIDTH
    legend: tuple[tuple[str, str], ...] = field(default=())
    """Tone and words."""


def clicks_chart(links: Sequence[LinkClicks]) -> Chart | None:
    """A bar for each link in the order of the issue. None without clicks."""
    shown = links[:LINKS_DRAWN]
    most = max((link.clicks for link in shown), default=0)
    if not most:
        return None
    scale, rects, labels = (WIDTH - _LABEL) / most, [], []
    for row, link in enumerate(shown):
        y, people = row * _ROW, link.people * scale
        machines = (link.clicks - link.people) * scale
        rects.append(_bar(_LABEL, y, people, "people", f"{link.label}: {link.people:,} by people"))
        words = f"{link.label}: {link.clicks - link.people:,} by machines or not judged yet"
        rects.append(_bar(_LABEL + people, y, machines, "machines", words))
        labels.append(Label(_LABEL - 6, y + _BAR - 2, str(link.number), "end"))
    best = max(shown, key=lambda link: link.people)
    return Chart(
        id="chart-clicks",
        title="Clicks by link",
        words=f"The link that people opened most is number {best.number}, “{best.label}”, "
        f"with {best.people:,} clicks.",
        height=len(shown) * _ROW,
        rects=tuple(rects),
        labels=tuple(labels),
        legend=(("people", "People"), ("machines", "Machines, or not judged yet")),
    )


def readers_chart(issues: Sequence[AtIssue], name: str = "readers") -> Chart | None:
    """`name` is its own on the page."""
    if len(issues) < _LEAST_POINTS:
        return None
    top = max(1, *(issue.readers for issue in issues))
    step = WIDTH / (len(issues) - 1)
    points = [(n * step, _PLOT - one.readers / top * _PLOT) for n, one in enumerate(issues)]
    first, last = issues[0], issues[-1]
    return Chart(
        id=f"chart-{name}",
        title="Subscribers when each issue was sent",
        words=f"From {first.readers:,} at issue {first.number} to {last.readers:,} at issue "
        f"{last.number}.",
        height=_PLOT + _ROW,
        line="M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points),
        labels=(
            Label(0, _PLOT + _BAR, f"#{first.number}"),
            Label(WIDTH, _PLOT + _BAR, f"#{last.number}", "end"),
        ),
    )


def moves_chart(joins: Sequence[Moved], leaves: Sequence[Moved]) -> Chart | None:
    """Joins above the line and leaves below it, by month."""
    joined, left = _by_month(joins), _by_month(leaves)
    months = sorted(joined.keys() | left.keys())
    if not months:
        return None
    step = WIDTH / len(months)
    above, below = (max(one[month] for month in months) for one in (joined, left))
    scale = _PLOT / max(above + below, 1)
    line = above * scale
    rects, labels = [], []
    for n, month in enumerate(months):
        up, down = joined[month] * scale, left[month] * scale
        x, width = n * step + step * 0.15, step * 0.7
        rects.append(
            Rect(x, line - up, width, up, "joins", f"{month:%B %Y}: {joined[month]:,} joined")
        )
        rects.append(Rect(x, line, width, down, "leaves", f"{month:%B %Y}: {left[month]:,} left"))
        labels.append(Label(n * step + step / 2, _PLOT + _BAR, f"{month:%b}", "middle"))
    return Chart(
        id="chart-moves",
        title="Joins and leaves by month",
        words=f"{sum(joined.values()):,} joined and {sum(left.values()):,} left since "
        f"{months[0]:%B %Y}.",
        height=_PLOT + _ROW,
        rects=tuple(rects),
        labels=tuple(labels),
        legend=(("joins", "Joined"), ("leaves", "Left")),
    )


def domains_chart(domains: Sequence[DomainCount]) -> Chart | None:
    """How large a share of the copies to each domain was accepted."""
    shown = [one for one in domains if one.copies][:10]
    if not shown:
        return None
    room = 180
    rects, labels = [], []
    for row, one in enumerate(shown):
        y, good = row * _ROW, one.accepted / one.copies * (WIDTH - room)
        name = one.domain or "all others"
        bad = one.failed / one.copies * (WIDTH - room)
        rects.append(_bar(room, y, good, "accepted", f"{name}: {one.accepted:,} accepted"))
        rects.append(_bar(room + good, y, bad, "failed", f"{name}: {one.failed:,} not delivered"))
        labels.append(Label(room - 6, y + _BAR - 2, name[:26], "end"))
    worst = min(shown, key=lambda one: one.accepted / one.copies)
    share = round(100 * worst.accepted / worst.copies)
    return Chart(
        id="chart-domains",
        title="Delivery by recipient domain",
        words=f"The smallest share, {share}%, was accepted by {worst.domain or 'all others'}.",
        height=len(shown) * _ROW,
        rects=tuple(rects),
        labels=tuple(labels),
        legend=(("accepted", "Accepted"), ("failed", "Refused or expired")),
    )


def _bar(x: float, y: float, width: float, tone: str, words: str) -> Rect:
    return Rect(round(x, 1), y, round(width, 1), _BAR, tone, words)


def _by_month(moves: Sequence[Moved]) -> defaultdict[date, int]:
    sums: defaultdict[date, int] = defaultdict(int)
    for one in moves:
        sums[one.month] += one.readers
    return sums

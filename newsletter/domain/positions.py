"""Positions of things that people put in order: whole numbers with gaps, so a move changes one.

Strings that can always be halved never run out of room, but they sort by the database's collation;
fractions run out without a word.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

GAP = 1 << 20
"""Between neighbours at first: twenty moves into the same gap before all are numbered again."""


def positions_for(current: Sequence[int | None]) -> list[int]:
    """Increasing positions for things in their wanted order; None for one that has none here yet.

    As few as possible change. Only where a gap is used up do all get new ones.
    """
    placed: list[int] = []
    kept = _longest_increasing(current)
    for start, end in _runs_between(kept, len(current)):
        low = placed[-1] if placed else None
        high = current[end] if end < len(current) else None
        between = _between(low, high, end - start)
        if between is None:
            return _spread(0, GAP, len(current))
        placed += between if high is None else [*between, high]
    return placed


def _runs_between(kept: list[int], count: int) -> Iterator[tuple[int, int]]:
    """(start, end) of what lies before each place that is kept, and of what is behind the last."""
    start = 0
    for place in kept:
        yield start, place
        start = place + 1
    yield start, count


def _between(low: int | None, high: int | None, count: int) -> list[int] | None:
    """None where there is no room. An end that is None is open."""
    if low is None:
        return _spread(0 if high is None else high - (count + 1) * GAP, GAP, count)
    if high is None:
        return _spread(low, GAP, count)
    step = (high - low) // (count + 1)
    return _spread(low, step, count) if step else None


def _spread(low: int, step: int, count: int) -> list[int]:
    return [low + step * place for place in range(1, count + 1)]


def _longest_increasing(current: Sequence[int | None]) -> list[int]:
    """The places of the longest run of positions that are in order as they are."""
    tops: list[int] = []  # the lowest position that a run of each length can end with
    ends: list[int] = []  # and where that is
    before: dict[int, int | None] = {}
    for place, position in enumerate(current):
        if position is None:
            continue
        at = bisect_left(tops, position)
        tops[at : at + 1] = [position]
        ends[at : at + 1] = [place]
        before[place] = ends[at - 1] if at else None
    return _backwards(ends[-1] if ends else None, before)


def _backwards(last: int | None, before: dict[int, int | None]) -> list[int]:
    path: list[int] = []
    while last is not None:
        path.append(last)
        last = before[last]
    return path[::-1]

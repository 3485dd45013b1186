"""Which entries are lines of a list: a run of links with a short comment each, or none.

A card for each of a hundred links would take more than Gmail shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from markupsafe import Markup

from newsletter.domain.issues.issue import Layout
from newsletter.rendering.bodies.wrapping import columns
from newsletter.rendering.edition.issue_view import EntryView, SectionView

FEWEST_LINES = 4
LONGEST_COMMENT = 120
"""In columns."""

_PARAGRAPH = re.compile(
    r"<p\b[^>]*>(?P<inside>(?:(?!</?(?:p|div|table|ul|ol|img|br|h\d)\b).)*)</p>", re.DOTALL
)


def make_lists(
    sections: Sequence[SectionView], default: Layout = Layout.AUTOMATIC
) -> tuple[SectionView, ...]:
    return tuple(
        section
        if section.is_sponsor
        else replace(section, entries=tuple(_laid_out(section.entries, section.layout or default)))
        for section in sections
    )


def _laid_out(entries: Sequence[EntryView], layout: Layout) -> Iterator[EntryView]:
    if layout is Layout.CARDS:
        yield from entries
    elif layout is Layout.LINES:
        for entry in entries:
            yield _line(entry) if _fits_line(entry) else entry
    else:
        yield from _with_lines(entries)


def _with_lines(entries: Sequence[EntryView]) -> Iterator[EntryView]:
    for is_short, run in groupby(entries, _is_short):
        listed = list(run)
        if is_short and len(listed) >= FEWEST_LINES:
            yield from map(_line, listed)
        else:
            yield from listed


def _is_short(entry: EntryView) -> bool:
    return _fits_line(entry) and columns(entry.text) <= LONGEST_COMMENT


def _fits_line(entry: EntryView) -> bool:
    """A link with one paragraph, or without a comment."""
    return bool(entry.url) and (not entry.body or bool(_PARAGRAPH.fullmatch(entry.body)))


def _line(entry: EntryView) -> EntryView:
    return replace(entry, is_line=True, comment=_inside(entry))


def _inside(entry: EntryView) -> Markup:
    found = _PARAGRAPH.fullmatch(entry.body)
    return Markup(found["inside"] if found else "")  # noqa: S704  a piece of what nh3 cleaned

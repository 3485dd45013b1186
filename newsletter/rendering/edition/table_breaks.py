"""Where the mail begins a new table: Word, which renders mail for Outlook, breaks a table into
pages of about 1,800 pixels, and leaves a gap where it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.rendering.bodies.wrapping import columns
from newsletter.rendering.edition.issue_view import EntryView, SectionView

TALLEST_TABLE_PX = 1_600
HEADING_PX, LINE_PX, PICTURE_PX = 100, 26, 300
COLUMNS_OF_A_LINE = 70


def break_tables(sections: Sequence[SectionView]) -> tuple[SectionView, ...]:
    """Marks the sections and entries that a new table begins with. No entry is taken apart."""
    ruler = _Ruler()
    return tuple(_broken(section, ruler) for section in sections)


@dataclass
class _Ruler:
    """`height` is that of the table so far, in pixels."""

    height: int = 0

    def starts_table(self, entry: EntryView) -> bool:
        added = _height(entry)
        starts = self.height > 0 and self.height + added > TALLEST_TABLE_PX
        self.height = added + (0 if starts else self.height)
        return starts


def _broken(section: SectionView, ruler: _Ruler) -> SectionView:
    """A section begins the table itself, so that its heading stays with its first entry."""
    if not section.entries:
        return section
    first, *others = section.entries
    starts = ruler.starts_table(first)
    entries = (first, *(replace(e, starts_table=ruler.starts_table(e)) for e in others))
    return replace(section, starts_table=starts, entries=entries)


def _height(entry: EntryView) -> int:
    """About, on a desktop."""
    if entry.is_line:
        return LINE_PX * (1 + (columns(entry.title) + columns(entry.text)) // COLUMNS_OF_A_LINE)
    lines = sum(1 + columns(line) // COLUMNS_OF_A_LINE for line in entry.text.splitlines())
    return HEADING_PX + LINE_PX * lines + PICTURE_PX * entry.body.count("<img")

"""Sections and entries that wait to be written: kept in the issue, and not in its mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from newsletter.domain.checks.preflight import Finding, Place, note, shortened
from newsletter.domain.issues.issue import IssueContent


@dataclass(frozen=True, slots=True)
class Blank:
    """`name` as in the form; `label` says which one it is, and `is_entry` of which kind."""

    name: str
    label: str
    is_entry: bool


def blanks_in(content: IssueContent) -> Iterator[Blank]:
    """In the order of the page. Of an empty section its blank entries are not told one by one."""
    names, number = iter(content.entry_names), 0
    for section_name, section in zip(content.section_names, content.sections, strict=True):
        if section.is_empty and section.title.strip():
            yield Blank(section_name, f"Section “{shortened(section.title, 40)}”", is_entry=False)
        for entry in section.entries:
            name, number = next(names), number + 1
            if entry.is_blank and not section.is_empty:
                yield Blank(name, f"Entry {number}", is_entry=True)


def blank_findings(blanks: Iterable[Blank]) -> Iterator[Finding]:
    for blank in blanks:
        what, do = (
            ("This entry is blank", "Write it, or ignore this.")
            if blank.is_entry
            else ("This section is empty", "Add an entry, or ignore this.")
        )
        place = Place(blank.label, f"{blank.name}-title")
        yield note("blank", place, f"{what}, so it isn’t in the mail.", do)

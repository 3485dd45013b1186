"""One wrong field doesn't keep the others from being saved: it keeps what was stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from newsletter.domain.issues.issue import NEW_ENTRY, EntryContent, IssueContent, SectionContent

T = TypeVar("T", EntryContent, SectionContent, IssueContent)

_NO_ENTRY = EntryContent("", "", (), "")
_ENTRY_FIELDS = ("title", "url", "sources", "body", "link_parameters", "author")
_NO_SECTION = SectionContent("", ())
_OF_ISSUE = ("title", "subject", "preheader", "intro", "number", "issued_on", "author")


def keep_stored(
    content: IssueContent, stored: IssueContent, wrong: Collection[str]
) -> IssueContent:
    """`content`, with the value of `stored` in each field of `wrong`: blank where it has none.

    Fields are named as in the form: entry-17-url. A new entry with a wrong title is left out.
    """
    sections = {section.id: section for section in stored.sections}
    entries = {entry.id: entry for entry in stored.entries}
    entry_names = iter(content.entry_names)

    def kept_entries(section: SectionContent) -> Iterator[EntryContent]:
        for entry in section.entries:
            name = next(entry_names)
            if not is_left_out(name, wrong):
                old = entries.get(entry.id, _NO_ENTRY)
                yield _kept(entry, old, f"{name}-", wrong, *_ENTRY_FIELDS)

    def kept_section(name: str, section: SectionContent) -> SectionContent:
        kept = replace(section, entries=tuple(kept_entries(section)))
        old = sections.get(section.id, _NO_SECTION)
        return _kept(kept, old, f"{name}-", wrong, "title", "intro", "layout")

    named = zip(content.section_names, content.sections, strict=True)
    kept = replace(content, sections=tuple(kept_section(*one) for one in named))
    return _kept(kept, stored, "", wrong, *_OF_ISSUE)


def is_left_out(name: str, wrong: Collection[str]) -> bool:
    """An entry of this name: it is new, and has no title that could be saved."""
    return name.startswith(NEW_ENTRY) and f"{name}-title" in wrong


def _kept(new: T, old: T, prefix: str, wrong: Collection[str], *fields: str) -> T:
    values: dict[str, Any] = {
        field: getattr(old, field) for field in fields if f"{prefix}{field}" in wrong
    }
    return replace(new, **values)

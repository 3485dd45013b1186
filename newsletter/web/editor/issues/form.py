"""The form of an issue, all as typed, with entries added, moved and removed in it.

form_reading.py makes it from a request, or from what is saved.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from newsletter.domain.issues.issue import (
    EntryContent,
    IssueContent,
    SectionContent,
    layout_of,
    name_of,
)
from newsletter.domain.issues.partial_saves import is_left_out
from newsletter.web.shell import read_id

_NUMBER = re.compile(r"[0-9]{1,9}")
_ACTION = re.compile(r"(add-section|add-entry|up|down|remove)(?::([a-z0-9-]{1,40}))?")


@dataclass(slots=True)
class EntryForm:
    """`name` begins the names of its fields."""

    name: str = ""
    title: str = ""
    url: str = ""
    sources: str = ""
    body: str = ""
    plain_links: bool = False
    link_parameters: str = ""
    author: str = ""

    @property
    def id(self) -> int | None:
        return _row_id(self.name)

    @property
    def is_blank(self) -> bool:
        texts = (self.title, self.url, self.sources, self.body, self.author)
        return not any(text.strip() for text in texts)


@dataclass(slots=True)
class SectionForm:
    name: str = ""
    title: str = ""
    intro: str = ""
    layout: str = ""
    entries: list[EntryForm] = field(default_factory=list)

    @property
    def id(self) -> int | None:
        return _row_id(self.name)

    @property
    def is_blank(self) -> bool:
        return not self.title.strip() and not self.intro.strip() and not self.entries

    @property
    def is_empty(self) -> bool:
        """Nothing is below its heading, so it is not mailed."""
        return not self.intro.strip() and all(entry.is_blank for entry in self.entries)


@dataclass(slots=True)
class IssueForm:
    """All as typed. `version` is that of the issue when the form was opened."""

    title: str = ""
    subject: str = ""
    preheader: str = ""
    intro: str = ""
    number: str = ""
    issued_on: str = ""
    author: str = ""
    version: int = 1
    sections: list[SectionForm] = field(default_factory=list)

    @property
    def entries(self) -> list[EntryForm]:
        return [entry for section in self.sections for entry in section.entries]

    def drop_blanks(self) -> None:
        """Entries and sections that were added and never filled in."""
        for section in self.sections:
            section.entries = [entry for entry in section.entries if not entry.is_blank]
        self.sections = [section for section in self.sections if not section.is_blank]
        self._name_what_is_new()

    @property
    def problems(self) -> dict[str, str]:
        """What can't be read. The use case checks the rest."""
        found: dict[str, str] = {}
        number = self.number.strip()
        if number and not _NUMBER.fullmatch(number):
            found["number"] = "Enter the number in digits, such as 12."
        if self.issued_on.strip() and _day(self.issued_on) is None:
            found["issued_on"] = "Enter the date as year, month and day, such as 2026-11-28."
        return found

    def content(self) -> IssueContent:
        """Without a number or a date that can't be read."""
        number = self.number.strip()
        return IssueContent(
            title=self.title,
            subject=self.subject,
            preheader=self.preheader,
            intro=self.intro,
            number=int(number) if _NUMBER.fullmatch(number) else None,
            sections=tuple(
                SectionContent(
                    title=section.title,
                    entries=tuple(_entry_content(entry) for entry in section.entries),
                    intro=section.intro,
                    id=section.id,
                    layout=layout_of(section.layout),
                )
                for section in self.sections
            ),
            issued_on=_day(self.issued_on),
            author=self.author,
        )

    def take_names(self, saved: IssueContent, problems: Collection[str]) -> dict[str, str]:
        """What was new and is saved has an id now: it takes its name. Returns all by the old."""
        sections = zip(self.sections, saved.section_names, strict=True)
        entries = [entry for entry in self.entries if not is_left_out(entry.name, problems)]
        renamed: dict[str, str] = {}
        named: list[tuple[EntryForm | SectionForm, str]] = [*sections]
        named += zip(entries, saved.entry_names, strict=True)
        for piece, name in named:
            renamed[piece.name] = piece.name = name
        return renamed

    def change(self, action: str) -> str:
        """Adds, moves or removes as a button says; the id of what to look at afterwards."""
        match = _ACTION.fullmatch(action)
        if match is None:
            return ""
        verb, name = match[1], match[2] or ""
        if verb.startswith("add"):
            added = self._add_section() if verb == "add-section" else self._add_entry(name)
            self._name_what_is_new()
            return f"{added.name}-title"
        shown = self._change_section(verb, name) or self._change_entry(verb, name)
        self._name_what_is_new()
        return shown.name if shown else ""

    def _name_what_is_new(self) -> None:
        """By its position, as the use case names it that says what is wrong."""
        for ordinal, section in enumerate(self.sections, 1):
            section.name = name_of("section", section.id, ordinal)
        for ordinal, entry in enumerate(self.entries, 1):
            entry.name = name_of("entry", entry.id, ordinal)

    def _add_section(self) -> SectionForm:
        self.sections.append(SectionForm(entries=[EntryForm()]))
        return self.sections[-1]

    def _add_entry(self, name: str) -> EntryForm:
        """To the section of that name, or else to the last one."""
        if not self.sections:
            self.sections.append(SectionForm())
        index = self._section_index(name)
        section = self.sections[-1 if index is None else index]
        section.entries.append(EntryForm())
        return section.entries[-1]

    def _change_section(self, verb: str, name: str) -> SectionForm | None:
        index = self._section_index(name)
        if index is None:
            return None
        section = self.sections.pop(index)
        if verb == "remove":
            return self.sections[max(index - 1, 0)] if self.sections else None
        self.sections.insert(_moved(verb, index, len(self.sections)), section)
        return section

    def _change_entry(self, verb: str, name: str) -> EntryForm | SectionForm | None:
        found = self._entry_index(name)
        if found is None:
            return None
        section, index = found
        entry = self.sections[section].entries.pop(index)
        if verb == "remove":
            return self.sections[section]
        wanted_section, wanted = self._next_index(verb, section, index)
        self.sections[wanted_section].entries.insert(wanted, entry)
        return entry

    def _section_index(self, name: str) -> int | None:
        named = (index for index, section in enumerate(self.sections) if section.name == name)
        return next(named, None)

    def _entry_index(self, name: str) -> tuple[int, int] | None:
        named = (
            (at, index)
            for at, section in enumerate(self.sections)
            for index, entry in enumerate(section.entries)
            if entry.name == name
        )
        return next(named, None)

    def _next_index(self, verb: str, section: int, index: int) -> tuple[int, int]:
        """At a section's edge an entry goes on into the next one."""
        entries = self.sections[section].entries
        if verb == "up":
            if index:
                return section, index - 1
            return (section - 1, len(self.sections[section - 1].entries)) if section else (0, 0)
        if index < len(entries):
            return section, index + 1
        return (section + 1, 0) if section + 1 < len(self.sections) else (section, index)


def _entry_content(entry: EntryForm) -> EntryContent:
    sources = (source.strip() for source in re.split(r"[,|\n]", entry.sources))
    return EntryContent(
        title=entry.title,
        url=entry.url,
        sources=tuple(source for source in sources if source),
        body=entry.body,
        id=entry.id,
        plain_links=entry.plain_links,
        link_parameters=entry.link_parameters.strip(),
        author=entry.author,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _row_id(name: str) -> int | None:
    """None for what is new."""
    _, _, last = name.partition("-")
    return read_id(last)


def _moved(verb: str, index: int, count: int) -> int:
    return max(index - 1, 0) if verb == "up" else min(index + 1, count)

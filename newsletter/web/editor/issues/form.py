"""The form of an issue: from a request and back, with entries added, moved and removed in it.

Fields are named by place, sections-0-entries-1-title, so that the form works without scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from newsletter.domain.issues import EntryContent, IssueContent, SectionContent
from newsletter.domain.problems import InvalidFields

_PLACE = re.compile(r"sections-(\d{1,6})(?:-entries-(\d{1,6}))?-[a-z]+")
_ACTION = re.compile(r"([a-z]+)-(section|entry)(?::(\d{1,6}))?(?::(\d{1,6}))?")


@dataclass(slots=True)
class EntryForm:
    title: str = ""
    url: str = ""
    sources: str = ""
    body: str = ""

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for text in (self.title, self.url, self.sources, self.body))


@dataclass(slots=True)
class SectionForm:
    title: str = ""
    entries: list[EntryForm] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not self.title.strip() and not self.entries


@dataclass(slots=True)
class IssueForm:
    """All as typed. `version` is that of the issue when the form was opened."""

    title: str = ""
    subject: str = ""
    preheader: str = ""
    intro: str = ""
    number: str = ""
    version: int = 1
    sections: list[SectionForm] = field(default_factory=list)

    @property
    def entry_count(self) -> int:
        return sum(len(section.entries) for section in self.sections)

    def drop_blanks(self) -> None:
        """Entries and sections that were added and never filled in."""
        for section in self.sections:
            section.entries = [entry for entry in section.entries if not entry.is_blank]
        self.sections = [section for section in self.sections if not section.is_blank]

    def content(self) -> IssueContent:
        """Raises InvalidFields for a number that is none; the use case checks the rest."""
        number = self.number.strip()
        if number and not re.fullmatch(r"[0-9]{1,9}", number):
            raise InvalidFields({"number": "Enter the number in digits, such as 12."})
        return IssueContent(
            title=self.title,
            subject=self.subject,
            preheader=self.preheader,
            intro=self.intro,
            number=int(number) if number else None,
            sections=tuple(
                SectionContent(
                    title=section.title,
                    entries=tuple(_entry_content(entry) for entry in section.entries),
                )
                for section in self.sections
            ),
        )

    def change(self, action: str) -> str:
        """Adds, moves or removes as a button says; the id of what to look at afterwards."""
        match = _ACTION.fullmatch(action)
        if match is None:
            return ""
        verb, kind, *places = match.groups()
        at = [int(place) for place in places if place is not None]
        if kind == "section":
            return self._change_section(verb, at[0] if at else len(self.sections))
        if len(at) == 2:
            return self._change_entry(verb, at[0], at[1])
        return self._add_entry(at[0] if at else 0) if verb == "add" else ""

    def _change_section(self, verb: str, place: int) -> str:
        if verb == "add":
            self.sections.append(SectionForm(entries=[EntryForm()]))
            return f"sections-{len(self.sections) - 1}-title"
        if not place < len(self.sections):
            return ""
        if verb == "remove":
            del self.sections[place]
            return f"section-{max(place - 1, 0)}"
        wanted = _moved(verb, place, len(self.sections))
        self.sections.insert(wanted, self.sections.pop(place))
        return f"section-{wanted}"

    def _add_entry(self, section: int) -> str:
        if not self.sections:
            self.sections.append(SectionForm())
        section = min(section, len(self.sections) - 1)
        entries = self.sections[section].entries
        entries.append(EntryForm())
        return f"sections-{section}-entries-{len(entries) - 1}-title"

    def _change_entry(self, verb: str, section: int, place: int) -> str:
        if not (section < len(self.sections) and place < len(self.sections[section].entries)):
            return ""
        entry = self.sections[section].entries.pop(place)
        if verb == "remove":
            return f"section-{section}"
        wanted_section, wanted = self._next_place(verb, section, place)
        self.sections[wanted_section].entries.insert(wanted, entry)
        return f"sections-{wanted_section}-entries-{wanted}"

    def _next_place(self, verb: str, section: int, place: int) -> tuple[int, int]:
        """At a section's edge an entry goes on into the next one."""
        entries = self.sections[section].entries
        if verb == "up":
            if place:
                return section, place - 1
            return (section - 1, len(self.sections[section - 1].entries)) if section else (0, 0)
        if place < len(entries):
            return section, place + 1
        return (section + 1, 0) if section + 1 < len(self.sections) else (section, place)


def form_of_content(content: IssueContent, version: int) -> IssueForm:
    return IssueForm(
        title=content.title,
        subject=content.subject,
        preheader=content.preheader,
        intro=content.intro,
        number="" if content.number is None else str(content.number),
        version=version,
        sections=[
            SectionForm(
                title=section.title,
                entries=[
                    EntryForm(entry.title, entry.url, ", ".join(entry.sources), entry.body)
                    for entry in section.entries
                ],
            )
            for section in content.sections
        ],
    )


def form_of_request(fields: Mapping[str, str]) -> IssueForm:
    version = fields.get("version", "")
    return IssueForm(
        title=fields.get("title", ""),
        subject=fields.get("subject", ""),
        preheader=fields.get("preheader", ""),
        intro=_unix(fields.get("intro", "")),
        number=fields.get("number", ""),
        version=int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0,
        sections=[
            SectionForm(
                title=fields.get(f"sections-{section}-title", ""),
                entries=[_entry_form(fields, section, entry) for entry in sorted(entries)],
            )
            for section, entries in sorted(_places(fields).items())
        ],
    )


def _places(names: Iterable[str]) -> dict[int, set[int]]:
    """The numbers of the sections that have fields, with those of their entries."""
    places: dict[int, set[int]] = {}
    for name in names:
        if match := _PLACE.fullmatch(name):
            entries = places.setdefault(int(match[1]), set())
            if match[2] is not None:
                entries.add(int(match[2]))
    return places


def _entry_form(fields: Mapping[str, str], section: int, entry: int) -> EntryForm:
    prefix = f"sections-{section}-entries-{entry}"
    return EntryForm(
        title=fields.get(f"{prefix}-title", ""),
        url=fields.get(f"{prefix}-url", ""),
        sources=fields.get(f"{prefix}-sources", ""),
        body=_unix(fields.get(f"{prefix}-body", "")),
    )


def _entry_content(entry: EntryForm) -> EntryContent:
    sources = (source.strip() for source in re.split(r"[,|\n]", entry.sources))
    return EntryContent(
        title=entry.title,
        url=entry.url,
        sources=tuple(source for source in sources if source),
        body=entry.body,
    )


def _moved(verb: str, place: int, count: int) -> int:
    return max(place - 1, 0) if verb == "up" else min(place + 1, count - 1)


def _unix(text: str) -> str:
    """Browsers send CRLF."""
    return text.replace("\r\n", "\n")

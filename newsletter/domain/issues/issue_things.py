"""The things that an issue is made of, by name, and the issue with one added, moved or removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from newsletter.domain.errors import InvalidInput, NewsletterError
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent

T = TypeVar("T", EntryContent, SectionContent)

_NAME = re.compile(r"(section|entry)-([1-9][0-9]{0,17})")

LAST = "last"


class Kind(StrEnum):
    ISSUE = "issue"
    SECTION = "section"
    ENTRY = "entry"


class ThingGone(NewsletterError):
    """It was removed meanwhile."""

    def __init__(self, thing: Thing) -> None:
        super().__init__(
            f"This {thing.kind} was removed meanwhile.",
            advice="Bring it back, or copy your text from here.",
        )


@dataclass(frozen=True, slots=True)
class Thing:
    """`entry-17`, `section-3`, or `issue` for what belongs to the issue itself."""

    kind: Kind
    id: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.id}" if self.id else str(self.kind)

    @property
    def prefix(self) -> str:
        """Of the names of its fields in the form and in `problems_of`."""
        return f"{self.name}-" if self.id else ""


ISSUE = Thing(Kind.ISSUE)


def thing_of(name: str) -> Thing:
    """Raises InvalidInput for what names none."""
    if name == ISSUE.name:
        return ISSUE
    found = _NAME.fullmatch(name)
    if found is None:
        raise InvalidInput("Name a thing of the issue, such as entry-17.", field="thing")
    return Thing(Kind(found[1]), int(found[2]))


def things_of(content: IssueContent) -> dict[Thing, IssueContent | SectionContent | EntryContent]:
    """All that have an id, in the order of the page."""
    found: dict[Thing, IssueContent | SectionContent | EntryContent] = {ISSUE: content}
    for section in content.sections:
        if section.id:
            found[Thing(Kind.SECTION, section.id)] = section
        found |= {Thing(Kind.ENTRY, one.id): one for one in section.entries if one.id}
    return found


def with_thing(
    content: IssueContent, thing: Thing, new: IssueContent | SectionContent | EntryContent
) -> IssueContent:
    """With `new` in its place. A section keeps the entries that it has."""
    if isinstance(new, IssueContent):
        return replace(new, sections=content.sections)
    if isinstance(new, SectionContent):
        return _each_section(
            content, lambda one: replace(new, entries=one.entries) if one.id == thing.id else one
        )
    return _each_section(
        content,
        lambda one: replace(
            one, entries=tuple(new if e.id == thing.id else e for e in one.entries)
        ),
    )


def without(content: IssueContent, thing: Thing) -> IssueContent:
    """A section goes with its entries. Raises ThingGone."""
    if thing not in things_of(content) or thing == ISSUE:
        raise ThingGone(thing)
    if thing.kind is Kind.SECTION:
        kept = tuple(section for section in content.sections if section.id != thing.id)
        return replace(content, sections=kept)
    return _each_section(
        content,
        lambda one: replace(one, entries=tuple(e for e in one.entries if e.id != thing.id)),
    )


def with_section(
    content: IssueContent, section: SectionContent, after: int | str | None
) -> IssueContent:
    """`after` is the id of a section, None for first, LAST for last."""
    return replace(content, sections=_inserted(content.sections, section, after))


def with_entry(
    content: IssueContent, entry: EntryContent, section: int | None, after: int | str | None
) -> IssueContent:
    """In the section of that id; without one, in the last, which is made if there is none.
    `after` is the id of an entry there, None for first, LAST for last.
    """
    if section is None and not content.sections:
        return replace(content, sections=(SectionContent("", (entry,)),))
    wanted = section or content.sections[-1].id
    if all(one.id != wanted for one in content.sections):
        raise ThingGone(Thing(Kind.SECTION, section or 0))
    return _each_section(
        content,
        lambda one: (
            replace(one, entries=_inserted(one.entries, entry, after)) if one.id == wanted else one
        ),
    )


def moved(
    content: IssueContent, thing: Thing, section: int | None, after: int | str | None
) -> IssueContent:
    """Raises ThingGone for what is not there."""
    if thing == ISSUE or after == thing.id:
        raise InvalidInput("Name an entry or a section, and another to put it behind.")
    what = things_of(content).get(thing)
    rest = without(content, thing)
    if isinstance(what, SectionContent):
        return with_section(rest, what, after)
    if not isinstance(what, EntryContent):
        raise ThingGone(thing)
    return with_entry(rest, what, section, after)


def _inserted(things: tuple[T, ...], new: T, after: int | str | None) -> tuple[T, ...]:
    """At the end where the one that it should follow has gone."""
    listed: list[T] = list(things)
    ids = [one.id for one in things]
    if after is None:
        at = 0
    else:
        at = ids.index(after) + 1 if isinstance(after, int) and after in ids else len(ids)
    listed.insert(at, new)
    return tuple(listed)


def _each_section(
    content: IssueContent, change: Callable[[SectionContent], SectionContent]
) -> IssueContent:
    return replace(content, sections=tuple(change(section) for section in content.sections))

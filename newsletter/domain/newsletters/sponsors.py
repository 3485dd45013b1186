"""Sponsors: blocks that a newsletter keeps, with the days that they are booked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.issues.issue_checks import LONGEST_LINE, LONGEST_TEXT, url_problem
from newsletter.domain.problems import has_control_characters

AT_THE_END = 99
LONGEST_LABEL = 60
SECTION_TITLE = "Sponsor"
"""Marks its entries as sponsored. Readers see the word in the newsletter's language."""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """`body` is Markdown. It is in each issue of the days from `starts_on` to `ends_on`, behind
    `after_sections` sections: 0 is the top. `id` is that of its row, None before it is booked.
    """

    title: str
    url: str
    body: str
    starts_on: date
    ends_on: date
    after_sections: int = 1
    id: int | None = None

    def overlaps(self, other: Sponsor) -> bool:
        """Both would be at one place of one issue."""
        is_same_place = self.after_sections == other.after_sections
        return is_same_place and (
            self.starts_on <= other.ends_on and other.starts_on <= self.ends_on
        )

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "title": self.title,
            "url": self.url,
            "from": self.starts_on.isoformat(),
            "to": self.ends_on.isoformat(),
            "place": self.place,
        }

    @property
    def place(self) -> str:
        if self.after_sections >= AT_THE_END:
            return "at the end"
        if not self.after_sections:
            return "at the top"
        return f"after section {self.after_sections}"


def sponsor_problems(sponsor: Sponsor) -> dict[str, str]:
    """What is wrong with a booking, by field."""
    found: dict[str, str] = {}
    if not sponsor.title.strip():
        found["title"] = "Enter a title."
    elif len(sponsor.title) > LONGEST_LINE or has_control_characters(sponsor.title):
        found["title"] = f"The title must be one line of at most {LONGEST_LINE} characters."
    if problem := url_problem(sponsor.url):
        found["url"] = problem[:1].upper() + problem[1:]
    if len(sponsor.body) > LONGEST_TEXT or "\x00" in sponsor.body:
        found["body"] = f"The text must have at most {LONGEST_TEXT:,} characters."
    if sponsor.ends_on < sponsor.starts_on:
        found["ends_on"] = "The last day must not be before the first."
    if not 0 <= sponsor.after_sections <= AT_THE_END:
        found["after_sections"] = "Choose a place from the list."
    return found


def label_problems(label: str) -> dict[str, str]:
    if len(label) > LONGEST_LABEL or has_control_characters(label):
        return {"label": f"The label must be one line of at most {LONGEST_LABEL} characters."}
    return {}


def overlaps_of(sponsors: Sequence[Sponsor]) -> dict[int | None, list[Sponsor]]:
    """By the id of each, the others that are booked for its place on one of its days."""
    found: dict[int | None, list[Sponsor]] = {}
    for one, other in combinations(sponsors, 2):
        if one.overlaps(other):
            found.setdefault(one.id, []).append(other)
            found.setdefault(other.id, []).append(one)
    return found


def with_sponsors(content: IssueContent, sponsors: Iterable[Sponsor]) -> IssueContent:
    """Each at its place among the sections that were written; at one place, in their order."""
    places: dict[int, list[EntryContent]] = {}
    for sponsor in sponsors:
        place = min(sponsor.after_sections, len(content.sections))
        places.setdefault(place, []).append(
            EntryContent(sponsor.title, sponsor.url, (), sponsor.body)
        )
    sections: list[SectionContent] = []
    for place, section in enumerate((*content.sections, None)):
        if place in places:
            sections.append(SectionContent(SECTION_TITLE, tuple(places[place])))
        if section is not None:
            sections.append(section)
    return replace(content, sections=tuple(sections)) if places else content

"""The sections of a newsletter that readers choose from.

What a reader does not want is a tag of the subscription, such as “muted: Jobs”: so it is filtered,
imported, exported and erased as every tag is. Decision 44 says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from newsletter.domain.errors import InvalidInput
from newsletter.domain.problems import has_control_characters
from newsletter.domain.readers.subscriber_rows import LONGEST_TAG

_MUTED = "muted: "
MOST_SECTIONS = 12
LONGEST_SECTION = LONGEST_TAG - len(_MUTED)


class SectionsAsked(StrEnum):
    """Where readers choose. Kept with newsletters, so never renamed."""

    PREFERENCES = "preferences"
    SIGNUP = "signup"
    """There, too."""


def sections_of(text: str) -> tuple[str, ...]:
    """One a line, each once, whatever its case. Raises InvalidInput."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if name := _section(line):
            found.setdefault(name.casefold(), name)
    if len(found) > MOST_SECTIONS:
        raise InvalidInput(f"Use at most {MOST_SECTIONS} sections.", field="reader_sections")
    return tuple(found.values())


def muted_tag(section: str) -> str:
    return f"{_MUTED}{section}"


def muted_sections(tags: Iterable[str], sections: Iterable[str]) -> tuple[str, ...]:
    """Those of `sections` that the owner of `tags` does not want."""
    known = {tag.casefold() for tag in tags}
    return tuple(one for one in sections if muted_tag(one).casefold() in known)


def tags_after_choice(
    tags: Iterable[str], sections: Collection[str], wanted: Collection[str]
) -> list[str]:
    """The tags of someone who wants these of the sections. Other tags are kept."""
    offered = {muted_tag(one).casefold() for one in sections}
    kept = [tag for tag in tags if tag.casefold() not in offered]
    return [*kept, *(muted_tag(one) for one in sections if one not in wanted)]


def _section(line: str) -> str:
    name = " ".join(line.split())
    if ";" in name or has_control_characters(name):
        raise InvalidInput("Use names without semicolons.", field="reader_sections")
    if len(name) > LONGEST_SECTION:
        message = f"Use at most {LONGEST_SECTION} characters for a section."
        raise InvalidInput(message, field="reader_sections")
    return name

"""Which sections readers choose, and what their choice makes of their tags."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.reader_sections import muted_sections, sections_of, tags_after_choice


def test_each_line_is_a_section_once() -> None:
    assert sections_of(" Jobs \n\nLong  reads\r\nJOBS\nعربي") == ("Jobs", "Long reads", "عربي")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Jobs; Events", "semicolons"),
        ("x" * 54, "53 characters"),
        ("\n".join("abcdefghijklm"), "at most 12 sections"),
    ],
)
def test_a_name_that_no_tag_can_hold_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        sections_of(text)


def test_a_choice_changes_the_sections_that_were_offered_alone() -> None:
    tags = tags_after_choice(["vip", "MUTED: jobs", "muted: Gone"], ("Jobs", "Events"), ["Jobs"])
    assert tags == ["vip", "muted: Gone", "muted: Events"]
    assert muted_sections(tags, ("Jobs", "events")) == ("events",)

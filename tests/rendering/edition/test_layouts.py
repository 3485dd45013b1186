"""A section, or else the newsletter, chooses whether its entries are cards or lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.domain.issues.issue import Layout, SectionContent
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.writer import digest_markdown
from tests.support.issues import PROFILE, an_entry, an_issue, rendered

SHORT = tuple(an_entry(f"Link {at}", "Short.") for at in range(5))
LONG = (an_entry("Long", "word " * 60), an_entry("Two paragraphs", "One.\n\nTwo."))


def lines_of(entries: tuple, layout: Layout, default: str) -> tuple[int, int]:  # type: ignore[type-arg]
    """In the HTML and in the text."""
    content = an_issue(sections=(SectionContent("Tools", entries, layout=layout),))
    edition = rendered(content, replace(PROFILE, layout=default))
    return edition.html.count("<li"), edition.text.count("\n- ")


@pytest.mark.parametrize(
    ("layout", "default", "lines"),
    [
        (Layout.AUTOMATIC, "", 5),
        (Layout.CARDS, "", 0),
        (Layout.AUTOMATIC, "cards", 0),
        (Layout.LINES, "cards", 5),
    ],
)
def test_the_section_decides_before_the_newsletter(
    layout: Layout, default: str, lines: int
) -> None:
    html, _ = lines_of(SHORT, layout, default)
    assert html == lines


def test_lines_hold_comments_of_any_length_but_of_one_paragraph() -> None:
    assert lines_of(LONG, Layout.AUTOMATIC, "") == (0, 0)
    assert lines_of(LONG, Layout.LINES, "") == (1, 1)


def test_a_layout_is_read_from_front_matter_and_written_again() -> None:
    text = "---\nlines: 2\n---\n\n## A\n\n- [B](https://b.org/)\n\n## C\n\n- [D](https://d.org/)\n"
    content = issue_content(parse_digest(text))
    assert [section.layout for section in content.sections] == ["", "lines"]
    assert issue_content(parse_digest(digest_markdown(content))).sections == content.sections


def test_a_list_of_links_is_not_said_to_take_a_minute() -> None:
    content = an_issue(sections=(SectionContent("Tools", SHORT),))
    assert "min read" not in rendered(content).text
    longer = an_issue(an_entry("Long", "word " * 700))
    assert "3 min read" in rendered(longer).text

"""How much one issue holds: all of its texts together."""

from __future__ import annotations

import pytest

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.issues.issue_checks import (
    LONGEST_IN_ALL,
    LONGEST_TEXT,
    MOST_ENTRIES,
    MOST_MARKS,
    MOST_SECTIONS,
    problems_of,
)


def an_entry(body: str, url: str = "https://example.org/") -> EntryContent:
    return EntryContent(title="A title", url=url, sources=(), body=body)


def an_issue(*entries: EntryContent, intro: str = "", sections: int = 1) -> IssueContent:
    empty = tuple(SectionContent("Another", ()) for _ in range(sections - 1))
    all_sections = (SectionContent("", entries), *empty)
    return IssueContent("", "", "", intro=intro, number=None, sections=all_sections)


@pytest.mark.parametrize(
    ("issue", "words"),
    [
        (an_issue(*[an_entry("a" * LONGEST_TEXT)] * 2), f"limit is {LONGEST_IN_ALL:,}"),
        (an_issue(an_entry("a" * 100_000), intro="a" * 200_000), "characters in all its texts"),
        (an_issue(*[an_entry("", "https://a.b/" + "a" * 1900)] * 140), "characters"),
        (an_issue(*[an_entry("*a*\n" * 5_000)] * 2), f"limit is {MOST_MARKS:,}"),
        (an_issue(*[an_entry("")] * (MOST_ENTRIES + 1)), "1,001 entries"),
        (an_issue(sections=MOST_SECTIONS + 1), "201 sections"),
    ],
)
def test_an_issue_that_is_too_large_says_so_once_and_what_to_do(
    issue: IssueContent, words: str
) -> None:
    (problem,) = problems_of(issue).values()
    assert words in problem
    assert "Make it two issues." in problem


@pytest.mark.parametrize(
    "issue",
    [
        an_issue(an_entry("a" * LONGEST_TEXT)),
        an_issue(*[an_entry("a" * 2_000)] * 100),
        an_issue(*[an_entry("")] * MOST_ENTRIES),
        an_issue(sections=MOST_SECTIONS),
    ],
)
def test_a_large_issue_within_the_bounds_is_saved(issue: IssueContent) -> None:
    assert problems_of(issue) == {}


def test_the_page_shows_it_at_the_longest_text() -> None:
    issue = an_issue(an_entry("a"), an_entry("a" * 199_000), an_entry("a" * 99_000))
    assert [*problems_of(issue)] == [f"{issue.entry_names[1]}-body"]

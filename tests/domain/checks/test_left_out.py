"""When words and links that were pasted and have no place stop an issue."""

from __future__ import annotations

import pytest

from newsletter.domain.checks.left_out import left_out_findings
from newsletter.domain.checks.preflight import Severity
from newsletter.domain.issues.digests import Unplaced
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent

ENTRY = EntryContent("Ropes", "https://example.org/a", ("example.org",), "word " * 200)
CONTENT = IssueContent("Harbour", "S", "", "", 1, (SectionContent("", (ENTRY,)),))


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("two words", Severity.NOTE),
        ("five words of the text", Severity.ERROR),
        ("https://example.org/lost", Severity.ERROR),
    ],
)
def test_one_link_or_two_per_cent_of_the_words_are_an_error(text: str, severity: Severity) -> None:
    (finding,) = left_out_findings([Unplaced(7, text)], CONTENT)
    assert finding.severity is severity
    assert "line 7" in finding.message


def test_nothing_left_out_is_no_finding() -> None:
    assert list(left_out_findings([], CONTENT)) == []

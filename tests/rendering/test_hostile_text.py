"""Whatever an issue holds within its bounds, it is read and rendered in seconds."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from newsletter.config import Settings
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.issues.issue_checks import LONGEST_IN_ALL, MARKS, MOST_MARKS, problems_of
from newsletter.reading.digests.digest import parse_digest
from newsletter.rendering.bodies.markdown import body_html
from newsletter.rendering.bodies.tables import MOST_CELLS
from newsletter.usecases.issues.render_digest import example_newsletter, render_digest
from tests.support.processor_time import processor_time

PART = 10
"""All of it for each shape would take half an hour. What is quadratic shows at a tenth."""
PATIENCE_S = 6.0
NOW = datetime(2026, 11, 2, tzinfo=UTC)

SHAPES = {
    "quotes": "> a\n",
    "quotes in quotes": "> " * 35 + "a\n\n",
    "quotes that go on": "> a\nb\n",
    "alerts": "> [!NOTE]\n> a\n\n",
    "lists": "- a\n",
    "lists of three kinds": "+ a\n- a\n* a\n",
    "lists in lists": "".join("  " * depth + "- a\n" for depth in range(15)),
    "numbers in numbers": "1) " * 15 + "a\n\n",
    "lists in quotes": "> - a\n> - b\n\n",
    "tasks": "- [ ] a\n",
    "emphasis": "*a **a ",
    "emphasis inside words": "a**b",
    "stars": "*",
    "stars and underscores": "*_",
    "underscores": "_a __b ",
    "tildes": "~~a ",
    "emphasis in CJK": "「重要」**です**",
    "CJK": "中",
    "CJK in lines": "です\n",
    "links": "[a](https://example.org/) ",
    "opening brackets": "[",
    "closing brackets": "a]",
    "opening pictures": "![",
    "opening emphasis in brackets": "*[",
    "links that don't end": "[a](",
    "titles that don't end": '[a](b "',
    "brackets in angles": "[](<",
    "references": "[a][",
    "definitions": "[a]: b\n",
    "footnotes": "a[^1]\n\n[^1]: a\n\n",
    "inline footnotes": "^[a",
    "pictures": "![a](https://example.org/b.png)\n\n",
    "ticks": "`",
    "ticks of many lengths": "`a``b```c````d",
    "fences": "```\na\n```\n",
    "indented code": "    a\n",
    "addresses": "https://example.org/ ",
    "addresses run together": "http://",
    "addresses with brackets": "http://a.b/((",
    "addresses without a scheme": "www.",
    "dots": "a.b-c.",
    "mail addresses": "a@b.co ",
    "ats": "a@",
    "angles": "<",
    "mail addresses in angles": "<a@b.co",
    "addresses in angles": "<http://a",
    "comments that don't end": "<!--",
    "comments": "<!-- a -->",
    "instructions": "<?",
    "CDATA": "<![CDATA[",
    "tags that don't end": "<a ",
    "attributes that don't end": '<a href="',
    "tags": "<b>a",
    "closing tags": "</b>",
    "tags in tags": "<b><i>",
    "blocks of HTML": "<details>\n",
    "line breaks of HTML": "<br>",
    "entities": "&amp;",
    "ampersands": "&",
    "paragraphs": "a\n\n",
    "lines": "a\n",
    "hard line breaks": "a  \n",
    "headings": "# a\n",
    "underlined headings": "a\n===\n",
    "rules": "---\n",
    "blanks": " ",
    "no-break spaces": "\u00a0",
    "tabs": "\t",
    "one long word": "a",
    "words": "a ",
    "backslashes": "\\",
    "escapes": "\\*",
    "placeholders": "{{name}} ",
    "placeholders that don't end": "{{",
    "combining marks": "\u0301",
    "joiners": "\u200d",
    "emoji": "👍",
    "Hebrew": "א ",
    "quotation marks": "\"'",
}


def as_large_as_can_be(piece: str, part: int = 1) -> str:
    """Up to the bound on characters or on marks, whichever comes first."""
    marks = sum(piece.count(mark) for mark in MARKS)
    most = LONGEST_IN_ALL * 3 // 4 // len(piece)
    return piece * (min(most, (MOST_MARKS - 100) // marks if marks else most) // part)


def issue_with(*bodies: str) -> IssueContent:
    entries = tuple(
        EntryContent(title="A title", url="https://example.org/", sources=(), body=body)
        for body in bodies
    )
    sections = (SectionContent("", entries),)
    return IssueContent("An issue", "", "", intro="", number=1, sections=sections)


def render(content: IssueContent) -> None:
    settings = Settings()
    render_digest(settings, content, example_newsletter(content, settings), NOW)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_text_is_rendered_in_seconds(shape: str) -> None:
    content = issue_with(as_large_as_can_be(SHAPES[shape], PART))
    assert problems_of(content) == {}
    with processor_time(PATIENCE_S, shape), suppress(InvalidInput):
        render(content)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_digest_is_read_in_seconds(shape: str) -> None:
    digest = (
        f"# A\n\n### [Title](https://example.org/)\n\n{as_large_as_can_be(SHAPES[shape], PART)}"
    )
    with processor_time(PATIENCE_S, shape):
        parse_digest(digest)
        parse_digest(digest.replace("### [Title](https://example.org/)", "Title\nexample.org"))


@pytest.mark.parametrize("shape", ["quotes in quotes", "opening pictures"])
def test_the_slowest_that_fit_into_an_issue_are_rendered_too(shape: str) -> None:
    content = issue_with(as_large_as_can_be(SHAPES[shape]))
    assert problems_of(content) == {}
    with processor_time(PATIENCE_S * PART, shape):
        render(content)


@pytest.mark.parametrize(
    "table",
    [
        "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "|\n" * 100,
        "|a" * 2_000 + "|\n" + "|-" * 2_000 + "|\n" + "|\n" * 60_000,
        "> " + "|a" * 100 + "|\n> " + "|-" * 100 + "|\n" + "> |\n" * 100,
        ("|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "|\n" * 50 + "\n") * 3,
    ],
)
def test_a_table_with_more_cells_than_a_mail_can_show_is_refused(table: str) -> None:
    with (
        processor_time(PATIENCE_S, "a table"),
        pytest.raises(InvalidInput, match=f"{MOST_CELLS:,} cells"),
    ):
        body_html(table)


def test_large_tables_within_the_bound_are_shown() -> None:
    table = "|a" * 10 + "|\n" + "|-" * 10 + "|\n" + "|b" * 10 + "|\n"
    rows = "|b|c|\n" * 300
    html = body_html(f"{table}{rows}\n\nAfter\n\n{table}")
    assert html.count("<tr>") == 2 + 2 + 300
    assert "<p>After</p>" in html

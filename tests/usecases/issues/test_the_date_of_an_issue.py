"""An issue's own date: where it is read, refused, shown and written again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from newsletter.domain.problems import InvalidFields
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.writer import digest_markdown
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest, paste_digest
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.issues.write_issue import save_issue, save_valid_fields
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR

ENTRY = "- [Ropes](https://example.org/ropes)\n"


def pasted(context: Context, text: str, file_name: str = "") -> tuple[int, tuple[str, ...]]:
    newsletter = a_newsletter(context, language="de")
    made = create_issue_from_digest(context, newsletter.id, text, EDITOR, file_name=file_name)
    return made.issue_id, made.findings


@pytest.mark.parametrize(
    ("text", "file_name"),
    [
        (f"---\ntitle: A\ndate: 2019-07-01\n---\n{ENTRY}", ""),
        (f"Title: A\nDate: 2019-07-01 10:20\n\n{ENTRY}", ""),
        (ENTRY, "2019-07-01-ropes.md"),
        (f"# Ropes, 2019-07-01\n\n{ENTRY}", ""),
    ],
)
def test_the_date_is_in_head_title_or_file_name_and_shows_in_the_mail(
    context: Context, text: str, file_name: str
) -> None:
    issue_id, findings = pasted(context, text, file_name)
    assert open_issue(context, issue_id, EDITOR).content.issued_on == date(2019, 7, 1)
    shown = preview_issue(context, issue_id, EDITOR)
    assert "1. Juli 2019" in shown.html
    assert "1. Juli 2019" in shown.text
    assert findings == ()


def test_without_a_date_the_mail_has_the_day_it_is_sent(context: Context) -> None:
    issue_id, _ = pasted(context, ENTRY)
    assert open_issue(context, issue_id, EDITOR).content.issued_on is None
    assert "22. November 2026" in preview_issue(context, issue_id, EDITOR).text


@pytest.mark.parametrize("day", ["1970-01-01", "2199-12-31", "2027-12-01"])
def test_a_date_that_can_t_be_right_is_told_and_the_paste_goes_on(
    context: Context, day: str
) -> None:
    issue_id, findings = pasted(context, f"---\ntitle: A\ndate: {day}\n---\n{ENTRY}")
    content = open_issue(context, issue_id, EDITOR).content
    assert (content.issued_on, len(content.entries)) == (None, 1)
    (finding,) = findings
    assert day in finding
    assert "leave the date empty" in finding


def test_a_date_that_can_t_be_right_is_not_saved_but_the_rest_is(context: Context) -> None:
    issue_id, _ = pasted(context, f"---\ntitle: A\ndate: 2019-07-01\n---\n{ENTRY}")
    opened = open_issue(context, issue_id, EDITOR)
    wrong = replace(opened.content, title="B", issued_on=date(1970, 1, 1))
    with pytest.raises(InvalidFields) as refused:
        save_issue(context, issue_id, wrong, opened.version, EDITOR)
    assert list(refused.value.problems) == ["issued_on"]
    problems = refused.value.problems
    saved = save_valid_fields(context, issue_id, wrong, opened.version, problems, EDITOR)
    assert (saved.content.title, saved.content.issued_on) == ("B", date(2019, 7, 1))


def test_what_we_write_ourselves_reads_back_with_its_date(context: Context) -> None:
    issue_id, _ = pasted(context, ENTRY, "2019-07-01.md")
    content = open_issue(context, issue_id, EDITOR).content
    assert issue_content(parse_digest(digest_markdown(content))) == content


def test_what_is_added_to_an_issue_does_not_change_its_date(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context), issued_on=date(2020, 2, 29))
    paste_digest(context, issue.id, f"---\ndate: 2019-07-01\n---\n{ENTRY}", EDITOR, append=True)
    with context.database.read() as session:
        assert session.get_one(Issue, issue.id).issued_on == date(2020, 2, 29)

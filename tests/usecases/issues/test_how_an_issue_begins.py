"""A new issue begins with the frame of the last one, or of a template."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.domain.errors import NotFound
from newsletter.domain.issues import EntryContent, IssueContent, Layout, SectionContent
from newsletter.usecases.context import Context
from newsletter.usecases.issues.templates import (
    create_issue_from_template,
    create_issue_like_last,
    delete_template,
    list_templates,
    save_template,
)
from newsletter.usecases.issues.write_issue import create_issue, save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR

ENTRY = EntryContent("Ropes", "https://example.org/r", (), "Strong.")
TOOLS = SectionContent("Tools", (ENTRY,), intro="What we use.", layout=Layout.LINES)
FULL = IssueContent("Of ropes", "Ropes", "Strong ones", "Hello.", 1, (TOOLS,), author="Ada")


def written(context: Context) -> tuple[int, int, str]:
    newsletter = a_newsletter(context)
    issue_id = create_issue(context, newsletter.id, EDITOR)
    save_issue(context, issue_id, FULL, 1, EDITOR)
    return newsletter.id, issue_id, newsletter.slug


def test_it_takes_over_the_sections_and_the_author_of_the_last_one(context: Context) -> None:
    newsletter_id, _, _ = written(context)
    made = create_issue_like_last(context, newsletter_id, EDITOR)
    assert open_issue(context, made, EDITOR).content == IssueContent(
        "", "", "", "", 2, (replace(TOOLS, entries=()),), author="Ada"
    )
    with pytest.raises(NotFound, match="no issue yet"):
        create_issue_like_last(context, a_newsletter(context).id, EDITOR)


def test_a_template_keeps_all_but_the_entries_and_is_replaced_by_its_name(context: Context) -> None:
    newsletter_id, issue_id, slug = written(context)
    kept = save_template(context, issue_id, " Weekly ", EDITOR)
    assert save_template(context, issue_id, "Weekly", EDITOR) == kept
    assert [(one.name, one.sections) for one in list_templates(context, slug, EDITOR)] == [
        ("Weekly", ("Tools",))
    ]
    made = create_issue_from_template(context, newsletter_id, kept, EDITOR)
    assert open_issue(context, made, EDITOR).content == replace(
        FULL, number=2, sections=(replace(TOOLS, entries=()),)
    )
    elsewhere = a_newsletter(context).id
    with pytest.raises(NotFound):
        create_issue_from_template(context, elsewhere, kept, EDITOR)
    delete_template(context, newsletter_id, kept, EDITOR)
    assert list_templates(context, slug, EDITOR) == []

"""A new issue begins with the frame of the last one, or of a template."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import EntryContent, IssueContent, Layout, SectionContent
from newsletter.domain.issues.issue_things import Kind
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.usecases.checks.check_issue import check_issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.keep_things import NewThing, add_thing
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.issues.templates import (
    create_issue_from_template,
    create_issue_like_last,
    delete_template,
    list_templates,
    save_template,
)
from newsletter.usecases.issues.write_issue import create_issue, save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.newsletters.sponsors import book_sponsor
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR

ENTRY = EntryContent("Ropes", "https://example.org/r", (), "Strong.")
TOOLS = SectionContent("Tools", (ENTRY,), intro="What we use.", layout=Layout.LINES)
FULL = IssueContent("Of ropes", "Ropes", "Strong ones", "Hello.", 1, (TOOLS,), author="Ada")


def content_of(context: Context, issue_id: int) -> IssueContent:
    return open_issue(context, issue_id, EDITOR).content


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


def test_what_is_not_written_yet_stays_in_the_issue_and_out_of_the_mail(context: Context) -> None:
    newsletter_id, _, slug = written(context)
    waiting = SectionContent("Waiting", ())
    text = SectionContent("", (), intro="Only a word.")
    full = replace(FULL, number=2, sections=(SectionContent("Empty", ()), TOOLS, waiting, text))
    made = create_issue(context, newsletter_id, EDITOR)
    save_issue(context, made, full, 1, EDITOR)
    in_tools = content_of(context, made).sections[1].id
    add_thing(context, made, NewThing(Kind.ENTRY, section=in_tools), {}, EDITOR)
    today = context.now().date()
    book_sponsor(context, slug, Sponsor("Acme", "https://acme.example", "", today, today), EDITOR)
    kept = content_of(context, made)
    assert [section.title for section in kept.sections] == ["Empty", "Tools", "Waiting", ""]
    assert len(kept.entries) == 2
    mail = preview_issue(context, made, EDITOR)
    for copy in (mail.html, mail.text):
        assert "Waiting" not in copy
        assert "Empty" not in copy
        assert copy.index("Ropes") < copy.index("Acme") < copy.index("Only a word.")
    found = [one for one in check_issue(context, made, EDITOR).findings if one.check == "blank"]
    empty, blank, waiting_one = kept.sections[0].id, kept.entries[1].id, kept.sections[2].id
    assert [one.place.field for one in found] == [
        f"section-{empty}-title",
        f"entry-{blank}-title",
        f"section-{waiting_one}-title",
    ]
    assert found[0].place.label == "Section “Empty”"


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

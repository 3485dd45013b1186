"""Writing an issue: what is saved, what is refused, and two editors at one issue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.domain.errors import Conflict, InvalidInput, NotFound
from newsletter.domain.issues.issue import EntryContent, IssueContent, IssueState, SectionContent
from newsletter.domain.problems import InvalidFields
from newsletter.store.models import Issue
from newsletter.usecases.checks.issue_readiness import check_readiness
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest, paste_digest
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.issues.write_issue import (
    ChangedMeanwhile,
    clear_unplaced,
    create_issue,
    delete_issue,
    save_issue,
)
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR, by

DIGEST = """Weekly links

A tool for slow days

example.org

It waits, and so do you.

Two sources agree

example.com | example.net

  • one
  • two
"""
ENTRY = EntryContent("A title", "https://example.org/a", ("example.org",), "Some *text*.")
CONTENT = IssueContent(
    title="Weekly",
    subject="The weekly",
    preheader="",
    intro="",
    number=1,
    sections=(SectionContent("Tools", (ENTRY,)),),
)


def with_entry(entry: EntryContent) -> IssueContent:
    return replace(CONTENT, sections=(SectionContent("Tools", (ENTRY, entry)),))


def test_an_issue_is_saved_and_opened_as_it_was_written(context: Context) -> None:
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    assert save_issue(context, issue_id, CONTENT, 1, by("ada")) == 2
    opened = open_issue(context, issue_id, EDITOR)
    assert opened.content == CONTENT
    assert (opened.version, opened.updated_by) == (2, "ada")


def test_a_new_issue_suggests_the_next_number(context: Context) -> None:
    newsletter = a_newsletter(context)
    an_issue(context, newsletter, number=41)
    issue_id = create_issue(context, newsletter.id, by("ada"))
    assert open_issue(context, issue_id, EDITOR).content.number == 42


def test_saving_over_what_somebody_else_saved_is_refused_and_says_who(context: Context) -> None:
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    save_issue(context, issue_id, CONTENT, 1, by("ben"))
    with pytest.raises(ChangedMeanwhile, match="ben changed this issue") as conflict:
        save_issue(context, issue_id, replace(CONTENT, title="Mine"), 1, by("ada"))
    assert conflict.value.version == 2
    assert open_issue(context, issue_id, EDITOR).content.title == "Weekly"


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        (replace(CONTENT, subject="One\r\nBcc: x@example.org"), "subject", "line break"),
        (replace(CONTENT, number=0), "number", "between 1 and"),
        (with_entry(replace(ENTRY, title=" ")), "entry-new-2-title", "Entry 2 has no"),
        (
            with_entry(replace(ENTRY, url="javascript:alert(1)")),
            "entry-new-2-url",
            "https://",
        ),
        (with_entry(replace(ENTRY, url="https://")), "entry-new-2-url", "look like"),
        (with_entry(replace(ENTRY, url="http://[")), "entry-new-2-url", "look like"),
        (
            with_entry(replace(ENTRY, url="https://example.org/a b")),
            "entry-new-2-url",
            "not contain spaces",
        ),
    ],
)
def test_what_cannot_stand_in_an_issue_is_told_at_its_field(
    context: Context, content: IssueContent, field: str, words: str
) -> None:
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    with pytest.raises(InvalidFields) as refused:
        save_issue(context, issue_id, content, 1, by("ada"))
    assert words in refused.value.problems[field]
    assert open_issue(context, issue_id, EDITOR).version == 1


def test_a_number_is_given_to_one_issue_only(context: Context) -> None:
    newsletter = a_newsletter(context)
    an_issue(context, newsletter, number=1)
    issue_id = create_issue(context, newsletter.id, by("ada"))
    with pytest.raises(InvalidFields, match="Issue 1 already exists"):
        save_issue(context, issue_id, CONTENT, 1, by("ada"))


def test_a_mail_address_is_a_good_link(context: Context) -> None:
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    content = with_entry(replace(ENTRY, url="mailto:ada@example.org"))
    save_issue(context, issue_id, content, 1, by("ada"))
    assert open_issue(context, issue_id, EDITOR).content == content


def test_entries_and_sections_left_blank_are_not_saved(context: Context) -> None:
    blank = SectionContent("", (EntryContent("", "", (), " "),))
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    content = replace(CONTENT, sections=(*CONTENT.sections, blank))
    save_issue(context, issue_id, content, 1, by("ada"))
    assert open_issue(context, issue_id, EDITOR).content == CONTENT


def test_a_scheduled_issue_is_written_on_and_not_deleted(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context), state=IssueState.SCHEDULED)
    save_issue(context, issue.id, CONTENT, 1, by("ada"))
    assert open_issue(context, issue.id, EDITOR).content == CONTENT
    paste_digest(context, issue.id, DIGEST, by("ada"), append=True)
    with pytest.raises(Conflict, match="scheduled") as refused:
        delete_issue(context, issue.id, by("ada"))
    assert refused.value.advice == "Unschedule it first."


def test_a_link_without_https_gets_it(context: Context) -> None:
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    content = with_entry(replace(ENTRY, url=" example.org/ropes?a=b "))
    save_issue(context, issue_id, content, 1, by("ada"))
    assert open_issue(context, issue_id, EDITOR).content.entries[1].url == (
        "https://example.org/ropes?a=b"
    )


@pytest.mark.parametrize("state", [IssueState.SENDING, IssueState.PAUSED, IssueState.SENT])
def test_what_is_being_sent_is_neither_changed_nor_deleted(
    context: Context, state: IssueState
) -> None:
    issue = an_issue(context, a_newsletter(context), state=state)
    with pytest.raises(Conflict, match=state.value):
        save_issue(context, issue.id, CONTENT, 1, by("ada"))
    with pytest.raises(Conflict):
        paste_digest(context, issue.id, DIGEST, by("ada"))
    with pytest.raises(Conflict):
        delete_issue(context, issue.id, by("ada"))


def test_a_deleted_draft_is_gone(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context))
    delete_issue(context, issue.id, by("ada"))
    with pytest.raises(NotFound):
        open_issue(context, issue.id, EDITOR)


def test_a_digest_becomes_an_issue_in_one_step(context: Context) -> None:
    pasted = create_issue_from_digest(context, a_newsletter(context).id, DIGEST, by("ada"))
    assert (pasted.entries, pasted.without_link) == (2, 2)
    content = open_issue(context, pasted.issue_id, EDITOR).content
    assert (content.title, content.subject) == ("Weekly links", "Weekly links")
    assert [entry.title for entry in content.entries] == [
        "A tool for slow days",
        "Two sources agree",
    ]
    assert content.entries[1].sources == ("example.com", "example.net")


def test_a_digest_without_a_title_is_called_by_its_file_or_by_the_newsletter(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    text = "- [Ropes](https://example.org/a)\n"
    pasted = create_issue_from_digest(context, newsletter.id, text, by("ada"))
    content = open_issue(context, pasted.issue_id, EDITOR).content
    assert content.title == content.subject == f"{newsletter.name} #1"
    uploaded = create_issue_from_digest(
        context, newsletter.id, text, by("ada"), file_name="harbour-issue-7.md"
    )
    content = open_issue(context, uploaded.issue_id, EDITOR).content
    assert (content.title, content.number) == ("harbour issue 7", 7)


def test_a_digest_replaces_what_was_there_or_is_added_to_it(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context), entries=1)
    paste_digest(context, issue.id, DIGEST, by("ada"), append=True)
    appended = open_issue(context, issue.id, EDITOR).content
    assert len(appended.entries) == 3
    assert appended.title == "On slow tools"
    paste_digest(context, issue.id, DIGEST, by("ada"))
    assert len(open_issue(context, issue.id, EDITOR).content.entries) == 2


def test_what_had_no_place_is_kept_until_it_is_cleared(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context))
    text = "---\ntitle: T\n---\n\n### [A](https://a.example)\n\nText.\n"
    with context.database.write() as session:
        session.get_one(Issue, issue.id).unplaced = [{"line": 3, "text": "left over"}]
    assert open_issue(context, issue.id, EDITOR).unplaced == ({"line": 3, "text": "left over"},)
    clear_unplaced(context, issue.id, by("ada"))
    assert open_issue(context, issue.id, EDITOR).unplaced == ()
    paste_digest(context, issue.id, text, by("ada"))
    assert open_issue(context, issue.id, EDITOR).unplaced == ()


@pytest.mark.parametrize("text", ["", "   \n \n", "\x00\x01\x02 binary \x00", "x" * 2_000_001])
def test_a_digest_that_cannot_be_read_leaves_no_issue_behind(context: Context, text: str) -> None:
    newsletter = a_newsletter(context)
    with pytest.raises(InvalidInput):
        create_issue_from_digest(context, newsletter.id, text, by("ada"))
    issue_id = create_issue(context, newsletter.id, by("ada"))
    assert open_issue(context, issue_id, EDITOR).content.number == 1


def test_a_digest_with_anothers_number_says_so_and_changes_nothing(context: Context) -> None:
    newsletter = a_newsletter(context)
    an_issue(context, newsletter, number=7)
    issue = an_issue(context, newsletter)
    with pytest.raises(InvalidInput, match="number 7"):
        paste_digest(
            context,
            issue.id,
            "---\nnumber: 7\n---\n\n### [A](https://a.example)\n\nB.\n",
            by("ada"),
        )
    assert open_issue(context, issue.id, EDITOR).content.title == "On slow tools"


def test_a_preview_is_filled_with_an_example_reader(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context, postal_address=""))
    preview = preview_issue(context, issue.id, EDITOR)
    assert "Entry number 1" in preview.html
    assert "Entry number 1" in preview.text
    assert preview.subject == "On slow tools"


def test_the_list_of_what_is_needed_names_what_is_lacking(context: Context) -> None:
    newsletter = a_newsletter(context, postal_address="", sender_address="")
    issue = an_issue(context, newsletter, entries=0, subject="")
    readiness = check_readiness(context, issue.id, EDITOR)
    lacking = " ".join(check.text for check in readiness.checks if not check.is_met)
    assert not readiness.is_ready
    for words in ("Postal address", "Sender’s address", "Subject line", "entry"):
        assert words in lacking


def test_an_issue_that_is_complete_is_ready_for_its_readers(context: Context) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    readiness = check_readiness(context, an_issue(context, newsletter).id, EDITOR)
    assert readiness.is_ready
    assert readiness.readers == 1

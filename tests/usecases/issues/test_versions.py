"""What an issue was stays: versions by who and when, what they changed, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.differences import word_runs
from newsletter.domain.issues.issue_things import ISSUE, Kind, Thing
from newsletter.domain.issues.versions import BURST, KEPT_REMOVED, KEPT_VERSIONS
from newsletter.store.models import DeletedDraft, IssueVersion
from newsletter.usecases.context import Context
from newsletter.usecases.issues.deleted_drafts import forget_versions, restore_draft, show_deleted
from newsletter.usecases.issues.keep_things import remove_thing, save_thing
from newsletter.usecases.issues.show_versions import restore_version, show_version, show_versions
from newsletter.usecases.issues.write_issue import delete_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR, by

ADA, BEN = by("ada"), by("ben")


def write(context: Context, issue_id: int, text: str, who: object = ADA) -> None:
    before = open_issue(context, issue_id, EDITOR).content.intro
    save_thing(context, issue_id, ISSUE, {"intro": text}, {"intro": before}, who)  # type: ignore[arg-type]


def test_saves_of_one_person_within_minutes_are_one_version_and_nothing_of_before_is_lost(
    context: Context,
) -> None:
    issue = an_issue(context, a_newsletter(context))
    assert show_versions(context, issue.id, EDITOR).versions == ()
    for text in ("One", "One two", "One two three"):
        write(context, issue.id, text)
    write(context, issue.id, "One two three four", BEN)
    later = replace(context, now=lambda: context.now() + BURST + timedelta(seconds=1))
    write(later, issue.id, "One two three four five", BEN)
    write(later, issue.id, "x" * 100, BEN)
    write(later, issue.id, "", BEN)
    found = show_versions(later, issue.id, EDITOR).versions
    assert [(one.version.who, one.version.content.intro) for one in found] == [
        ("ben", ""),
        ("ben", "x" * 100),
        ("ben", "One two three four"),
        ("ada", "One two three"),
        ("", "Good morning."),
    ]
    version, (change,) = show_version(context, issue.id, found[3].version.id, EDITOR)
    assert version.who == "ada"
    assert [(run.how, run.text) for run in change.fields[0].runs] == [
        ("del", "Good morning."),
        ("ins", "One two three"),
    ]


def test_a_version_is_restored_whole_or_for_one_entry_with_its_ids(context: Context) -> None:
    issue = an_issue(context, a_newsletter(context))
    before = open_issue(context, issue.id, EDITOR).content
    first, second = before.entries
    write(context, issue.id, "New")
    thing = Thing(Kind.ENTRY, first.id or 0)
    save_thing(context, issue.id, thing, {"body": "Other"}, {"body": first.body}, ADA)
    remove_thing(context, issue.id, Thing(Kind.ENTRY, second.id or 0), ADA)
    oldest = show_versions(context, issue.id, EDITOR).versions[-1].version
    restore_version(context, issue.id, oldest.id, BEN, thing)
    now = open_issue(context, issue.id, EDITOR).content
    assert (now.entries, now.intro) == ((first,), "New")
    restore_version(context, issue.id, oldest.id, BEN)
    after = open_issue(context, issue.id, EDITOR).content
    assert after == before
    assert after.entry_names == before.entry_names
    assert show_versions(context, issue.id, EDITOR).versions[1].version.content.intro == "New"


def test_a_version_of_another_issue_is_not_to_be_had(context: Context) -> None:
    newsletter = a_newsletter(context)
    one, other = an_issue(context, newsletter), an_issue(context, newsletter)
    write(context, one.id, "Secret")
    version = show_versions(context, one.id, EDITOR).versions[0].version.id
    for ask in (show_version, restore_version):
        with pytest.raises(NotFound):
            ask(context, other.id, version, EDITOR)


def test_a_deleted_draft_comes_back_with_its_entries_and_its_history(context: Context) -> None:
    newsletter = a_newsletter(context)
    issue = an_issue(context, newsletter, number=7)
    write(context, issue.id, "Dear words")
    before = open_issue(context, issue.id, EDITOR).content
    delete_issue(context, issue.id, ADA)
    an_issue(context, newsletter, number=7)
    (deleted,) = show_deleted(context, newsletter.slug, EDITOR)
    assert (deleted.deleted_by, deleted.title) == ("ada", before.title)
    restore_draft(context, newsletter.slug, issue.id, EDITOR)
    after = open_issue(context, issue.id, EDITOR).content
    assert after == replace(before, number=8)
    assert after.entry_names == before.entry_names
    assert show_versions(context, issue.id, EDITOR).versions
    assert show_deleted(context, newsletter.slug, EDITOR) == []


def test_what_is_kept_no_longer_is_gone_for_good(context: Context) -> None:
    newsletter = a_newsletter(context)
    kept, deleted = an_issue(context, newsletter), an_issue(context, newsletter)
    for issue in (kept, deleted):
        write(context, issue.id, "Words")
    delete_issue(context, deleted.id, ADA)

    def left(after: timedelta) -> tuple[int, int]:
        later = replace(context, now=lambda: context.now() + after)
        forget_versions(later)
        with context.database.read() as session:
            return session.query(IssueVersion).count(), session.query(DeletedDraft).count()

    assert left(KEPT_REMOVED - timedelta(days=1)) == (4, 1)
    assert left(KEPT_REMOVED + timedelta(days=1)) == (2, 0)
    assert left(KEPT_VERSIONS + timedelta(days=1)) == (0, 0)
    with pytest.raises(NotFound):
        restore_draft(context, newsletter.slug, deleted.id, EDITOR)


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        ("a b c", "a x c", [("", "a "), ("del", "b "), ("ins", "x "), ("", "c")]),
        ("same", "same", [("", "same")]),
        ("", "new", [("ins", "new")]),
        ("one\ntwo\n", "one\n", [("", "one\n"), ("del", "two\n")]),
    ],
)
def test_a_difference_is_told_by_words(
    before: str, after: str, runs: list[tuple[str, str]]
) -> None:
    assert [(run.how, run.text) for run in word_runs(before, after)] == runs


def test_two_long_texts_are_compared_in_bounded_time() -> None:
    old, new = (" ".join(f"{sign}{n}" for n in range(40_000)) for sign in "ab")
    assert [run.how for run in word_runs(old, new)] == ["del", "ins"]

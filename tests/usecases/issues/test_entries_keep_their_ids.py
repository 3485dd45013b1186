"""Sections and entries are rows that stay: what is saved is the difference, found by their ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.positions import GAP
from newsletter.store.models import Entry, Section
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import paste_digest
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.issues.write_issue import create_issue, save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from tests.support.builders import a_newsletter
from tests.support.principals import EDITOR, by


def entry(title: str) -> EntryContent:
    return EntryContent(title, f"https://example.org/{title}", ("example.org",), "Some text.")


def issue_of(*sections: SectionContent) -> IssueContent:
    return IssueContent("Weekly", "The weekly", "", "", None, sections)


@pytest.fixture
def issue_id(context: Context) -> int:
    issue_id = create_issue(context, a_newsletter(context).id, by("ada"))
    tools = SectionContent("Tools", tuple(map(entry, "abcd")))
    talks = SectionContent("Talks", tuple(map(entry, "xy")))
    save(context, issue_id, issue_of(tools, talks))
    return issue_id


def save(context: Context, issue_id: int, content: IssueContent) -> IssueContent:
    """As it is after that."""
    save_issue(context, issue_id, content, open_issue(context, issue_id, EDITOR).version, by("ada"))
    return content_now(context, issue_id)


def content_now(context: Context, issue_id: int) -> IssueContent:
    return open_issue(context, issue_id, EDITOR).content


def with_entries(content: IssueContent, *orders: str) -> IssueContent:
    """The entries by their titles, for each section in turn."""
    by_title = {entry.title: entry for entry in content.entries}
    return replace(
        content,
        sections=tuple(
            replace(section, entries=tuple(by_title[title] for title in titles))
            for section, titles in zip(content.sections, orders, strict=True)
        ),
    )


def titles_of(content: IssueContent) -> list[str]:
    return ["".join(entry.title for entry in section.entries) for section in content.sections]


def ids_of(content: IssueContent) -> dict[str, int | None]:
    return {entry.title: entry.id for entry in content.entries}


def section_ids(content: IssueContent) -> list[int | None]:
    return [section.id for section in content.sections]


@contextmanager
def rows_written(context: Context) -> Iterator[Counter[str]]:
    """How many rows each kind of statement wrote, like {"UPDATE entries": 1}."""
    counted: Counter[str] = Counter()

    def count(_c: Any, _cursor: Any, sql: str, values: Any, _x: Any, is_many: bool) -> None:  # noqa: FBT001
        verb, *words = sql.split()[:3]
        if verb in ("INSERT", "UPDATE", "DELETE"):
            table = words[0] if verb == "UPDATE" else words[1]
            counted[f"{verb} {table}"] += len(values) if is_many else 1

    event.listen(context.database.engine, "before_cursor_execute", count)
    yield counted
    event.remove(context.database.engine, "before_cursor_execute", count)


def of_content(counted: Counter[str]) -> dict[str, int]:
    tables = ("entries", "sections")
    return {what: rows for what, rows in counted.items() if what.split()[1] in tables}


class TestWhatIsWritten:
    def test_what_was_not_changed_is_not_written(self, context: Context, issue_id: int) -> None:
        content = content_now(context, issue_id)
        with rows_written(context) as counted:
            save(context, issue_id, content)
        assert of_content(counted) == {}

    @pytest.mark.parametrize(
        "orders",
        [
            ("bacd", "xy"),
            ("bcda", "xy"),
            ("dabc", "xy"),
            ("abdc", "xy"),
            ("bcd", "axy"),
            ("bcd", "xay"),
            ("bcd", "xya"),
            ("abcdx", "y"),
            ("xabcd", "y"),
        ],
    )
    def test_a_move_writes_one_row(
        self, context: Context, issue_id: int, orders: tuple[str, str]
    ) -> None:
        before = content_now(context, issue_id)
        with rows_written(context) as counted:
            after = save(context, issue_id, with_entries(before, *orders))
        assert of_content(counted) == {"UPDATE entries": 1}
        assert titles_of(after) == list(orders)
        assert ids_of(after) == ids_of(before)

    def test_a_section_that_moves_writes_one_row(self, context: Context, issue_id: int) -> None:
        before = content_now(context, issue_id)
        with rows_written(context) as counted:
            after = save(context, issue_id, replace(before, sections=before.sections[::-1]))
        assert of_content(counted) == {"UPDATE sections": 1}
        assert section_ids(after) == section_ids(before)[::-1]
        assert titles_of(after) == ["xy", "abcd"]

    def test_a_word_that_changes_writes_its_row(self, context: Context, issue_id: int) -> None:
        before = content_now(context, issue_id)
        first = before.sections[0]
        changed = replace(first.entries[2], body="Other text.", sources=("example.com",))
        first = replace(first, entries=(*first.entries[:2], changed, first.entries[3]))
        content = replace(before, sections=(first, before.sections[1]))
        with rows_written(context) as counted:
            assert save(context, issue_id, content) == content
        assert of_content(counted) == {"UPDATE entries": 1}

    def test_where_a_gap_is_used_up_the_section_is_numbered_again(
        self, context: Context, issue_id: int
    ) -> None:
        with context.database.write() as session:
            for row in session.scalars(select(Entry).order_by(Entry.position)):
                row.position //= GAP
        before = content_now(context, issue_id)
        after = save(context, issue_id, with_entries(before, "abxcd", "y"))
        assert titles_of(after) == ["abxcd", "y"]
        assert ids_of(after) == ids_of(before)
        with rows_written(context) as counted:
            save(context, issue_id, with_entries(after, "bcxad", "y"))
        assert of_content(counted)["UPDATE entries"] == 2


class TestIdentity:
    def test_an_entry_that_is_edited_moved_and_moved_back_is_the_same(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        there = save(context, issue_id, with_entries(before, "bcd", "xay"))
        edited = replace(there.sections[1].entries[1], title="A")
        talks = replace(
            there.sections[1],
            entries=(there.sections[1].entries[0], edited, there.sections[1].entries[2]),
        )
        there = save(context, issue_id, replace(there, sections=(there.sections[0], talks)))
        back = save(context, issue_id, with_entries(there, "bAcd", "xy"))
        assert ids_of(back)["A"] == ids_of(before)["a"]
        assert section_ids(back) == section_ids(before)

    def test_an_entry_moves_into_a_new_section_and_out_of_one_that_goes(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        tools, talks = before.sections
        later = SectionContent("Later", (*tools.entries, talks.entries[0]))
        with rows_written(context) as counted:
            kept = replace(talks, entries=talks.entries[1:])
            after = save(context, issue_id, replace(before, sections=(kept, later)))
        assert titles_of(after) == ["y", "abcdx"]
        assert ids_of(after) == ids_of(before)
        assert section_ids(after)[0] == talks.id
        assert section_ids(after)[1] not in section_ids(before)
        assert counted["DELETE sections"] == 1
        assert counted["DELETE entries"] == 0

    def test_what_is_deleted_and_written_again_has_another_id(
        self, context: Context, issue_id: int
    ) -> None:
        """Even the newest of all, whose id a database may give again."""
        before = content_now(context, issue_id)
        without = save(context, issue_id, with_entries(before, "abcd", "x"))
        talks = without.sections[1]
        again = replace(talks, entries=(*talks.entries, entry("y")))
        after = save(context, issue_id, replace(without, sections=(without.sections[0], again)))
        assert titles_of(after) == ["abcd", "xy"]
        assert ids_of(after)["y"] not in ids_of(before).values()

    def test_a_section_that_is_deleted_and_written_again_has_another_id(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        save(context, issue_id, replace(before, sections=before.sections[:1]))
        after = save(context, issue_id, before)
        assert titles_of(after) == ["abcd", "xy"]
        assert section_ids(after)[1] not in section_ids(before)

    def test_a_digest_that_is_added_leaves_the_ids_of_what_is_there(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        text = "## Talks\n\n### [z](https://example.org/z)\n\nText.\n"
        with rows_written(context) as counted:
            paste_digest(context, issue_id, text, by("ada"), append=True)
        after = content_now(context, issue_id)
        assert titles_of(after) == ["abcd", "xyz"]
        assert section_ids(after) == section_ids(before)
        assert ids_of(before).items() <= ids_of(after).items()
        assert of_content(counted) == {"INSERT entries": 1}

    def test_a_digest_in_place_of_all_brings_entries_of_its_own(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        paste_digest(context, issue_id, "## Tools\n\n### [a](https://a.com/)\n\nText.\n", by("ada"))
        after = content_now(context, issue_id)
        assert titles_of(after) == ["a"]
        assert ids_of(after)["a"] not in ids_of(before).values()


class TestAnchors:
    def test_the_mail_names_entries_and_sections_by_their_ids_wherever_they_are(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        anchors_of(context, issue_id, before)
        there = save(context, issue_id, with_entries(before, "bcd", "xay"))
        anchors_of(context, issue_id, there)
        back = save(context, issue_id, with_entries(there, "abcd", "xy"))
        assert anchors_of(context, issue_id, back) == anchors_of(context, issue_id, before)


def anchors_of(context: Context, issue_id: int, content: IssueContent) -> list[str]:
    """In the mail, which has them all in the order of `content`, and leads to each entry."""
    html = preview_issue(context, issue_id, EDITOR).html
    found = re.findall(r'id="((?:entry|section)-[^"]*)"', html)
    assert found == [
        anchor
        for section in content.sections
        for anchor in (f"section-{section.id}", *(f"entry-{one.id}" for one in section.entries))
    ]
    assert re.findall(r'href="#([^"]*)"', html) == [f"entry-{one.id}" for one in content.entries]
    return found


class TestIdsOfOthers:
    def test_an_entry_of_another_issue_stays_there_and_the_text_gets_an_id_of_its_own(
        self, context: Context, issue_id: int
    ) -> None:
        other_id = create_issue(context, a_newsletter(context).id, by("ben"))
        theirs = save(context, other_id, issue_of(SectionContent("Theirs", (entry("t"),))))
        taken = replace(entry("mine"), id=theirs.entries[0].id)
        section = SectionContent("Mine", (taken,), id=theirs.sections[0].id)
        mine = save(context, issue_id, issue_of(section))
        assert titles_of(mine) == ["mine"]
        assert mine.entries[0].id != theirs.entries[0].id
        assert section_ids(mine) != section_ids(theirs)
        still = content_now(context, other_id)
        assert still == theirs
        assert (ids_of(still), section_ids(still)) == (ids_of(theirs), section_ids(theirs))

    @pytest.mark.parametrize("made_up", [0, 10**18, -1])
    def test_text_with_an_id_that_no_entry_has_is_new(
        self, context: Context, issue_id: int, made_up: int
    ) -> None:
        section = SectionContent("New", (replace(entry("n"), id=made_up),), id=made_up)
        content = save(context, issue_id, issue_of(section))
        assert titles_of(content) == ["n"]
        assert made_up not in (content.entries[0].id, content.sections[0].id)

    def test_an_id_that_comes_twice_is_that_of_the_first(
        self, context: Context, issue_id: int
    ) -> None:
        before = content_now(context, issue_id)
        first = before.sections[0].entries[0]
        twice = replace(before.sections[0], entries=(first, replace(entry("copy"), id=first.id)))
        content = save(context, issue_id, issue_of(twice, twice))
        assert titles_of(content) == [f"{first.title}copy"] * 2
        assert content.entries[0].id == first.id
        assert len(set(ids_of(content).values()) | {first.id}) == 3
        assert len({entry.id for entry in content.entries}) == 4
        assert len(set(section_ids(content))) == 2

    def test_nothing_is_left_behind_without_an_issue(self, context: Context, issue_id: int) -> None:
        save(context, issue_id, issue_of())
        with context.database.read() as session:
            assert session.scalar(select(func.count(Entry.id))) == 0
            assert session.scalar(select(func.count(Section.id))) == 0

"""The form of an issue names its sections and entries by their ids, whatever is done to them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR, by
from tests.web.editor.conftest import FormReader, Person


@pytest.fixture
def issue_id(context: Context, editor: Person) -> int:
    """Entries 1 to 3 in a section without a heading, and one in a section “Later”."""
    newsletter: Any = show_newsletters(context, EDITOR)[0]
    issue_id = an_issue(context, newsletter, number=1, entries=3).id
    fields = {"section-new-9-title": "Later", "entry-new-9-title": "Entry number 4"}
    editor.submit(page_of(issue_id), **fields, status=303)
    return issue_id


def page_of(issue_id: int) -> str:
    return f"/editor/issues/{issue_id}"


def ids(context: Context, issue_id: int) -> list[list[tuple[str, int | None]]]:
    """(the last word of the title, id) of the entries of each section."""
    sections = open_issue(context, issue_id, EDITOR).content.sections
    return [[(e.title.rpartition(" ")[2], e.id) for e in section.entries] for section in sections]


def press(editor: Person, issue_id: int, fields: dict[str, str], action: str) -> dict[str, str]:
    """The form as it comes back, as a browser would send it next."""
    answer = editor.client.post(page_of(issue_id), data={**fields, "action": action})
    assert answer.status_code == 200, answer.text
    reader = FormReader()
    reader.feed(answer.text)
    (form,) = (form for target, form in reader.forms if target == page_of(issue_id))
    return form


def opened(editor: Person, issue_id: int) -> dict[str, str]:
    fields = editor.fields(page_of(issue_id))
    fields.pop("__target__")
    return fields


def typed(fields: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in fields.items() if name not in ("csrf_token", "once")}


def save(editor: Person, issue_id: int, fields: dict[str, str], status: int = 303) -> str:
    answer = editor.client.post(page_of(issue_id), data={**fields, "action": "save"})
    assert answer.status_code == status, answer.text
    return str(answer.text)


def test_an_entry_moved_to_another_section_and_back_is_the_same(
    context: Context, editor: Person, issue_id: int
) -> None:
    before = ids(context, issue_id)
    third = f"entry-{before[0][2][1]}"
    save(editor, issue_id, press(editor, issue_id, opened(editor, issue_id), f"down:{third}"))
    assert ids(context, issue_id) == [before[0][:2], [before[0][2], *before[1]]]
    fields = press(editor, issue_id, opened(editor, issue_id), f"up:{third}")
    save(editor, issue_id, {**fields, f"{third}-body": "And edited."})
    assert ids(context, issue_id) == before
    assert open_issue(context, issue_id, EDITOR).content.entries[2].body == "And edited."


def test_a_section_that_moves_takes_its_entries_along(
    context: Context, editor: Person, issue_id: int
) -> None:
    before = ids(context, issue_id)
    later = open_issue(context, issue_id, EDITOR).content.section_names[1]
    save(editor, issue_id, press(editor, issue_id, opened(editor, issue_id), f"up:{later}"))
    assert ids(context, issue_id) == before[::-1]


def test_what_is_removed_and_written_again_is_another_entry(
    context: Context, editor: Person, issue_id: int
) -> None:
    before = ids(context, issue_id)
    last, section = before[1][0][1], open_issue(context, issue_id, EDITOR).content.section_names[1]
    fields = press(editor, issue_id, opened(editor, issue_id), f"remove:entry-{last}")
    save(editor, issue_id, fields)
    fields = press(editor, issue_id, opened(editor, issue_id), f"add-entry:{section}")
    save(editor, issue_id, {**fields, "entry-new-4-title": "Entry number 4"})
    assert ids(context, issue_id)[0] == before[0]
    ((title, new_id),) = ids(context, issue_id)[1]
    assert title == "4"
    assert new_id not in (None, last)


def test_what_is_new_is_named_by_its_place_and_a_problem_finds_it(
    context: Context, editor: Person, issue_id: int
) -> None:
    section = open_issue(context, issue_id, EDITOR).content.section_names[0]
    fields = press(editor, issue_id, opened(editor, issue_id), f"add-entry:{section}")
    fields = press(editor, issue_id, fields, f"add-entry:{section}")
    fields = press(editor, issue_id, fields, "up:entry-new-5")
    assert [name for name in fields if "new" in name and name.endswith("title")] == [
        "entry-new-4-title",
        "entry-new-5-title",
    ]
    page = save(editor, issue_id, {**fields, "entry-new-5-body": "Without a title"}, status=400)
    assert 'id="entry-new-4-title-problem"' in page
    assert re.search(r'<textarea id="entry-new-4-body"[^>]*>\s*Without a title', page)


@pytest.mark.parametrize("action", ["up", "down", "remove"])
@pytest.mark.parametrize("kind", ["entry", "section"])
def test_a_button_for_what_is_not_there_changes_nothing(
    editor: Person, issue_id: int, action: str, kind: str
) -> None:
    fields = opened(editor, issue_id)
    pressed = press(editor, issue_id, fields, f"{action}:{kind}-999999")
    assert typed(pressed) == typed(fields)


@pytest.mark.parametrize("action", ["up", "up:", "add-entry:entry-1", "down:" + "9" * 99, "lift:x"])
def test_a_button_that_was_made_by_hand_loses_nothing(
    context: Context, editor: Person, issue_id: int, action: str
) -> None:
    fields = opened(editor, issue_id)
    pressed = press(editor, issue_id, fields, action)
    assert typed(fields).items() <= typed(pressed).items()


def test_a_request_with_ids_of_another_issue_takes_nothing_from_it(
    context: Context, editor: Person, issue_id: int
) -> None:
    other = an_issue(context, a_newsletter(context))
    theirs = open_issue(context, other.id, EDITOR).content
    fields = opened(editor, issue_id)
    section, entry = theirs.section_names[0], theirs.entry_names[0]
    save(
        editor,
        issue_id,
        {**fields, f"{section}-title": "Taken", f"{entry}-title": "Taken over", "title": "Mine"},
    )
    mine = open_issue(context, issue_id, EDITOR).content
    assert mine.sections[-1].title == "Taken"
    assert mine.entries[-1].title == "Taken over"
    assert mine.sections[-1].id != theirs.sections[0].id
    assert mine.entries[-1].id != theirs.entries[0].id
    still = open_issue(context, other.id, EDITOR).content
    assert still == theirs
    assert still.entry_names == theirs.entry_names


def test_what_was_typed_into_an_entry_that_is_gone_is_saved_as_new(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = opened(editor, issue_id)
    first = open_issue(context, issue_id, EDITOR)
    without = first.content.sections[1:]
    save_issue(
        context, issue_id, replace(first.content, sections=without), first.version, by("ben")
    )
    gone = first.content.entry_names[0]
    fields[f"{gone}-body"] = "Typed meanwhile."
    page = save(editor, issue_id, fields, status=409)
    assert "Typed meanwhile." in page
    save(editor, issue_id, {**fields, "version": str(first.version + 1)})
    again = open_issue(context, issue_id, EDITOR).content
    assert again.entries[0].body == "Typed meanwhile."
    assert again.entry_names[0] != gone
    assert again.entry_names[3] == first.content.entry_names[3]


def test_fields_without_a_section_are_in_one_without_a_heading(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = opened(editor, issue_id)
    kept = {name: fields[name] for name in fields if not name.startswith(("section-", "entry-"))}
    save(editor, issue_id, {**kept, "entry-new-1-title": "By hand 1"})
    content = open_issue(context, issue_id, EDITOR).content
    assert [(s.title, len(s.entries)) for s in content.sections] == [("", 1)]


def test_nobody_writes_into_an_entry_by_two_spellings_of_its_id(
    context: Context, editor: Person, issue_id: int
) -> None:
    """A number with zeros before it is no name that the page has given."""
    first = ids(context, issue_id)[0][0][1]
    save(editor, issue_id, {**opened(editor, issue_id), f"entry-0{first}-title": "Twice"})
    assert [title for section in ids(context, issue_id) for title, _ in section] == list("1234")

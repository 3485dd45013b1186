"""Writing an issue in a browser that runs no scripts."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from newsletter.domain.issues.issue_checks import MOST_MARKS
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletters
from tests.support.builders import an_issue
from tests.support.principals import EDITOR, by
from tests.web.editor.conftest import FormReader, Person, words

NEW = "/editor/newsletters/news/issues/new"
DIGEST = """Weekly links

A tool for slow days

example.org

It waits, and so do you.

Two sources agree

example.com | example.net

Both say so.
"""


@pytest.fixture
def issue_id(context: Context, editor: Person) -> int:
    newsletter: Any = show_newsletters(context, EDITOR)[0]
    return an_issue(context, newsletter, number=1).id


def page_of(issue_id: int) -> str:
    return f"/editor/issues/{issue_id}"


def names(context: Context, issue_id: int) -> tuple[str, ...]:
    """Of its entries, as the form has them: `entry-17`."""
    return open_issue(context, issue_id, EDITOR).content.entry_names


def test_a_pasted_digest_becomes_an_issue_to_edit(context: Context, editor: Person) -> None:
    answer = editor.submit(NEW, digest=DIGEST, status=303)
    page = editor.get(answer.location)
    assert "Imported 2 entries." in words(page)
    assert 'value="A tool for slow days"' in page
    assert 'value="example.com, example.net"' in page
    assert "Weekly links" in editor.get("/editor/newsletters/news/issues")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"url": "http://localhost/feed"}, "a private address"),
        ({"url": "https://example.org/", "limit": "0"}, "The limit must be between 1 and 1,000."),
        ({"url": "https://example.org/", "since": "soon"}, "Enter a day such as 2026-03-01."),
    ],
)
def test_a_feed_that_can_be_no_issue_is_said_with_all_that_was_typed(
    editor: Person, fields: dict[str, str], problem: str
) -> None:
    page = editor.submit(f"{NEW[:-3]}from-feed", status=400, section="Links", **fields).text
    assert problem in words(page)
    assert 'value="Links"' in page
    assert f'value="{fields["url"]}"' in page


def test_a_digest_comes_in_as_a_file_as_well(editor: Person) -> None:
    fields = editor.fields(NEW)
    fields.pop("__target__")
    data = {**fields, "file": (BytesIO(DIGEST.encode()), "digest.txt")}
    answer = editor.client.post(NEW, data=data, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert "A tool for slow days" in editor.get(answer.location)


@pytest.mark.parametrize(
    ("digest", "status"),
    [("", 400), ("  \n ", 400), ("\x00\x01binary", 400), ("x" * 5_000_000, 413)],
    ids=["empty", "blank", "binary", "5 MB"],
)
def test_a_digest_that_cannot_be_used_gets_a_page_that_says_why(
    editor: Person, digest: str, status: int
) -> None:
    answer = editor.submit(NEW, digest=digest, status=status)
    assert 'id="digest-problem"' in answer.text
    assert "No issues yet" in editor.get("/editor/newsletters/news/issues")


@pytest.mark.parametrize("way", ["pasted", "as a file", "appended", "typed"])
def test_an_issue_that_is_too_large_is_refused_at_every_door(
    editor: Person, issue_id: int, context: Context, way: str
) -> None:
    before = open_issue(context, issue_id, EDITOR).content
    body = "- a\n" * (MOST_MARKS * 3 // 5)
    first, second = "### [A](https://a.example/)", "### [B](https://b.example/)"
    digest = f"# Weekly\n\n{first}\n\n{body}\n{second}\n\n{body}"
    if way == "pasted":
        answer = editor.submit(NEW, digest=digest, status=400)
    elif way == "as a file":
        fields = editor.fields(NEW)
        fields.pop("__target__")
        data = {**fields, "file": (BytesIO(digest.encode()), "digest.txt")}
        answer = editor.client.post(NEW, data=data, content_type="multipart/form-data")
    elif way == "appended":
        answer = editor.submit(page_of(issue_id), "/paste", digest=digest, how="append", status=400)
    else:
        names_ = names(context, issue_id)
        texts = {f"{name}-body": body for name in names_}
        answer = editor.submit(page_of(issue_id), **texts, status=400)
    assert answer.status_code == 400
    assert f"The limit is {MOST_MARKS:,}. Make it two issues." in answer.text
    after = open_issue(context, issue_id, EDITOR).content
    if way == "typed":  # all fields but the largest are saved
        assert [entry.body for entry in after.entries].count(body) == 1
    else:
        assert after == before


def test_an_empty_issue_is_begun_with_the_next_number(editor: Person) -> None:
    answer = editor.submit(NEW, how="empty", status=303)
    assert 'name="number" value="1"' in editor.get(answer.location)


def test_what_is_typed_is_saved(context: Context, editor: Person, issue_id: int) -> None:
    body = f"{names(context, issue_id)[0]}-body"
    answer = editor.submit(
        page_of(issue_id),
        title="On quick tools",
        **{body: "Now with **more**.\r\n\r\nAnd a second paragraph."},
        status=303,
    )
    assert answer.location == page_of(issue_id)
    content = open_issue(context, issue_id, EDITOR).content
    assert content.title == "On quick tools"
    assert content.entries[0].body == "Now with **more**.\n\nAnd a second paragraph."


def test_entries_are_added_moved_and_removed_without_being_saved(
    context: Context, editor: Person, issue_id: int
) -> None:
    first, _ = names(context, issue_id)
    (section,) = open_issue(context, issue_id, EDITOR).content.section_names
    moved = editor.submit(page_of(issue_id), action=f"down:{first}", status=200).text
    assert moved.index("Entry number 2") < moved.index("Entry number 1")
    removed = editor.submit(page_of(issue_id), action=f"remove:{first}", status=200).text
    assert "Entry number 1" not in removed
    added = editor.submit(page_of(issue_id), action=f"add-entry:{section}", status=200).text
    assert 'name="entry-new-3-title"' in added
    assert "Unsaved changes" in added
    assert len(open_issue(context, issue_id, EDITOR).content.entries) == 2


def test_an_entry_moves_on_into_the_next_section(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = editor.fields(page_of(issue_id))
    fields.pop("__target__")
    _, second = names(context, issue_id)
    fields["section-new-2-title"] = "Later"
    fields["action"] = f"down:{second}"
    page = editor.client.post(page_of(issue_id), data=fields).text
    assert f'name="{second}-title" value="Entry number 2"' in page
    assert page.index('name="section-new-2-title"') < page.index(f'name="{second}-title"')


def test_an_entry_without_a_title_is_refused_by_its_number(
    context: Context, editor: Person, issue_id: int
) -> None:
    answer = editor.submit(
        page_of(issue_id),
        **{f"{names(context, issue_id)[1]}-title": "", "title": "Kept"},
        status=400,
    )
    assert "Entry 2 has no title" in answer.text
    assert 'value="Kept"' in answer.text
    saved = open_issue(context, issue_id, EDITOR).content
    assert (saved.title, saved.entries[1].title) == ("Kept", "Entry number 2")


def test_one_wrong_field_does_not_keep_the_others_from_being_saved(
    context: Context, editor: Person, issue_id: int
) -> None:
    first, second = names(context, issue_id)[:2]
    typed = {
        "number": "twelve",
        "intro": "An hour of work",
        f"{first}-url": "javascript:alert(1)",
        f"{second}-body": "Another hour",
        "section-new-7-title": "Later",
        "entry-new-8-title": "New",
        "entry-new-8-url": "no address",
        "entry-new-9-body": "New, and without a title",
    }
    page = editor.submit(page_of(issue_id), **typed, status=400).text
    saved = open_issue(context, issue_id, EDITOR).content
    assert (saved.intro, saved.entries[1].body) == ("An hour of work", "Another hour")
    assert (saved.entries[0].url, saved.number) == ("https://example.com/1", 1)
    new = saved.entries[-1]
    assert (new.title, new.url, saved.sections[-1].title) == ("New", "", "Later")
    assert "Saved, except for 4 fields" in words(page)
    left_out = f"entry-new-{len(saved.entries) + 1}-title"
    for field in ("number", f"{first}-url", f"entry-{new.id}-url", left_out):
        assert f'id="{field}-problem"' in page, field
    assert 'value="twelve"' in page
    assert 'value="javascript:alert(1)"' in page
    assert 'value="no address"' in page
    assert "New, and without a title" in page


def test_what_was_wrong_is_put_right_and_saved_from_the_same_page(
    context: Context, editor: Person, issue_id: int
) -> None:
    url = page_of(issue_id)
    page = editor.submit(
        url, number="x", **{"entry-new-9-title": "New", "entry-new-9-body": "Text"}, status=400
    ).text
    reader = FormReader()
    reader.feed(page)
    fields = next(form for target, form in reader.forms if target == url)
    assert editor.client.post(url, data={**fields, "number": "7"}).status_code == 303
    saved = open_issue(context, issue_id, EDITOR).content
    assert saved.number == 7
    assert [entry.title for entry in saved.entries].count("New") == 1


def test_a_link_that_is_a_script_is_refused_at_its_field(
    context: Context, editor: Person, issue_id: int
) -> None:
    field = f"{names(context, issue_id)[0]}-url"
    answer = editor.submit(page_of(issue_id), **{field: "javascript:alert(1)"}, status=400)
    assert f'id="{field}-problem"' in answer.text


def test_two_editors_cannot_overwrite_one_another_unseen(
    context: Context, editor: Person, issue_id: int
) -> None:
    fields = editor.fields(page_of(issue_id))
    fields.pop("__target__")
    opened = open_issue(context, issue_id, EDITOR)
    save_issue(context, issue_id, opened.content, opened.version, by("ben@example.org"))
    answer = editor.client.post(page_of(issue_id), data={**fields, "title": "Mine"})
    assert answer.status_code == 409
    assert "ben@example.org changed this issue" in answer.text
    assert 'value="Mine"' in answer.text
    assert open_issue(context, issue_id, EDITOR).content.title == "On slow tools"


def test_a_digest_is_added_behind_what_is_there(
    context: Context, editor: Person, issue_id: int
) -> None:
    editor.submit(page_of(issue_id), "/paste", digest=DIGEST, how="append", status=303)
    assert len(open_issue(context, issue_id, EDITOR).content.entries) == 4


def test_a_draft_is_deleted_after_a_question(editor: Person, issue_id: int) -> None:
    url = f"{page_of(issue_id)}/delete"
    assert "Delete this draft?" in editor.get(url)
    editor.submit(url, status=303)
    editor.get(page_of(issue_id), status=404)


def test_what_editors_write_is_never_markup_of_the_page(editor: Person, issue_id: int) -> None:
    editor.submit(page_of(issue_id), title='<script>alert("x")</script>', status=303)
    page = editor.get(page_of(issue_id))
    assert "<script>alert" not in page

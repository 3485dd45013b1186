"""An editor moves in from another service: what would be imported, the import, the archive."""

from __future__ import annotations

import io
from typing import Any

from newsletter.usecases.context import Context
from tests.support.archives import BUTTONDOWN, zip_of
from tests.web.editor.conftest import Person, words

SLUG = "news"
IMPORT = f"/editor/newsletters/{SLUG}/archive/import"


def uploaded(editor: Person, data: bytes, name: str = "buttondown.zip") -> Any:
    return editor.submit(IMPORT, file=(io.BytesIO(data), name))


def test_an_editor_moves_in_from_buttondown(editor: Person, client: Any, context: Context) -> None:
    assert "Import past issues" in editor.get(f"/editor/newsletters/{SLUG}/issues")
    check = uploaded(editor, zip_of(BUTTONDOWN).getvalue()).location

    dry_run = words(editor.get(check))
    assert "3 files: 3 would be imported." in dry_run
    assert "emails/winches.md new 2 2023-01-09 Winches 1 0.0 %" in dry_run
    assert "No issues yet" in client.get(f"/n/{SLUG}/archive").text

    done = words(editor.submit(check, status=200).text)
    assert "Importing: 3 of 3" in done
    assert "3 files: 3 imported." in done
    archive = words(client.get(f"/n/{SLUG}/archive").text)
    assert "Anchors No. 3 · January 16, 2023" in archive
    assert "January 9, 2023" in client.get(f"/n/{SLUG}/archive/2").text

    digest = "- [Winches](https://example.org/winches): again.\n"
    issue = editor.submit(f"/editor/newsletters/{SLUG}/issues/new", digest=digest).location
    assert "#4" in words(editor.get(f"/editor/newsletters/{SLUG}/issues"))
    assert "issue 2" in words(editor.get(f"{issue}/checks")).lower()

    assert "This file is gone" in editor.get(check, status=404)


def test_an_imported_issue_can_be_read_and_deleted_but_not_sent(
    editor: Person, client: Any
) -> None:
    check = uploaded(editor, zip_of(BUTTONDOWN).getvalue()).location
    assert "3 imported" in editor.submit(check, status=200).text
    listed = editor.get(f"/editor/newsletters/{SLUG}/issues")
    assert "sent elsewhere on January 16, 2023" in words(listed)
    for page in ("/editor/issues/1", "/editor/issues/1/send", "/editor/issues/1/send-now"):
        assert client.get(page).status_code in (303, 200)
    page = editor.get("/editor/issues/1/preview")
    assert "This issue was sent elsewhere" in page
    assert "Send test" not in page
    fields = editor.fields("/editor/issues/1/delete")
    token = {"csrf_token": fields["csrf_token"]}
    for door in ("test", "schedule", "send-now", "resume", "again"):
        answer = client.post(f"/editor/issues/1/{door}", data=token)
        assert answer.status_code in (303, 400, 409), door
    assert "sent elsewhere" in editor.get("/editor/issues/1/preview")
    editor.submit("/editor/issues/1/delete", status=303)
    assert client.get(f"/n/{SLUG}/archive/1").status_code == 404


def test_where_pictures_can_t_be_served_from_is_said_and_the_file_stays(editor: Person) -> None:
    check = uploaded(editor, zip_of(BUTTONDOWN).getvalue()).location
    assert "Fetch them and serve them from here" in editor.get(check)
    told = words(editor.submit(check, pictures="fetch", status=200).text)
    assert "only for a site with an https address" in told
    assert "3 imported" in editor.submit(check, pictures="link", status=200).text


def test_what_can_t_be_opened_is_said_where_it_was_chosen(editor: Person) -> None:
    broken = editor.submit(IMPORT, file=(io.BytesIO(b"PK\x03\x04nothing"), "a.zip"), status=400)
    assert "This zip is broken" in broken.text
    assert "Choose a file" in editor.submit(IMPORT, status=400).text
    check = uploaded(editor, b"%PDF-1.4", "1.pdf").location
    assert "This is a PDF" in words(editor.get(check))
    check = uploaded(editor, zip_of({}).getvalue()).location
    assert "There is no issue in it" in words(editor.get(check))


def test_an_archive_is_no_list_of_subscribers(editor: Person) -> None:
    check = uploaded(editor, zip_of(BUTTONDOWN).getvalue()).location
    number = check.rpartition("/")[2]
    editor.get(f"/editor/newsletters/{SLUG}/subscribers/import/{number}", status=404)

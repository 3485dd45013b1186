"""Lists that an editor uploads: looked over, asked about, imported."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from tests.support.builders import a_subscriber
from tests.web.editor.conftest import Person, words
from tests.web.editor.readers.conftest import LIST, subscription, upload


def test_a_file_is_checked_then_imported(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    a_subscriber(context, notes, address="old@x.org", state=SubscriptionState.UNSUBSCRIBED)
    answer = upload(editor, "address,name\nnew@x.org,N\nold@x.org,O\n=bad,B\n")
    assert answer.status_code == 303
    check = answer.location
    page = words(editor.get(check))
    assert "New 1" in page
    assert "Left out 2" in page
    assert "imports do not resubscribe people" in page
    assert subscription(context, notes, "new@x.org") is None
    rows = editor.get(f"{check}/left-out.csv").splitlines()
    assert rows[0] == "line,address,reason"
    assert rows[1].startswith("3,old@x.org,unsubscribed")
    assert rows[2].startswith("4,'=bad,")
    editor.submit(check, status=303)
    assert subscription(context, notes, "new@x.org") is not None
    assert "Imported: 1 new, 0 updated, 0 unchanged, 2 left out." in words(editor.get(LIST))
    assert "was imported" in words(editor.get(check, status=404))


@pytest.mark.parametrize(
    ("text", "consent", "problem"),
    [
        ("", "a sheet", "The file is empty"),
        ("first,last\nBo,Berg\n", "a sheet", "No column is named address"),
        ("address\nbo@example.org\n", " ", "how these people agreed"),
        ("PK\x03\x04...", "a sheet", "workbook"),
    ],
)
def test_a_file_that_is_none_is_refused_with_words(  # noqa: PLR0913, PLR0917  a case has three parts
    context: Context, notes: Newsletter, editor: Person, text: str, consent: str, problem: str
) -> None:
    answer = upload(editor, text, consent)
    assert answer.status_code == 400
    assert problem in words(answer.text)


def upload_bytes(editor: Person, data: bytes, name: str = "list.csv") -> str:
    """The page that checks the file."""
    answer = upload(editor, data, name=name)
    assert answer.status_code == 303, answer.text
    return answer.location


def state_of(context: Context, newsletter: Any, address: str) -> str | None:
    found = subscription(context, newsletter, address)
    return found and found.state


def test_the_check_shows_each_column_with_three_rows_and_what_will_happen(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(
        editor,
        b"id,email,name,subscribed_to_emails,labels\n"
        b"1,a@x.org,Ann,true,vip\n2,mailto:b@x.org,Bo,false,\n3,c@x.org,Cy,true,\n4,d@x.org,D,true,\n",
    )
    page = words(editor.get(check))
    assert "This is a file from Ghost" in page
    assert "New: 3 subscribed, 1 unsubscribed." in page
    assert "1 had “mailto:” before it" in page
    assert "Ann" in page
    assert "Cy" in page
    assert "d@x.org" not in page
    editor.submit(check, status=303)
    assert state_of(context, notes, "b@x.org") == SubscriptionState.UNSUBSCRIBED
    assert state_of(context, notes, "d@x.org") == SubscriptionState.ACTIVE


def test_a_file_in_windows_1252_is_imported_once_an_editor_has_seen_how_it_reads(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(editor, "email,name\na@x.org,Jürgen Weiß\n".encode("cp1252"))
    page = editor.get(check)
    assert "Line 2 has bytes that are no UTF-8 text" in words(page)
    assert "a@x.org,Jürgen Weiß" in page
    assert 'value="cp1252" checked' in page
    assert "Import 1 of 1 rows" not in words(page)
    assert editor.client.post(
        check, data={"csrf_token": editor.fields(check, "/read")["csrf_token"]}
    ).location.endswith(check)
    assert state_of(context, notes, "a@x.org") is None
    editor.submit(check, "/read", encoding="cp1252", status=303)
    assert "New 1" in words(editor.get(check))
    editor.submit(check, status=303)
    assert "Jürgen Weiß" in editor.get(LIST)


def test_columns_are_mapped_by_hand_on_the_page(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(editor, b"Home,Work,Called\na@x.org,b@x.org,Ann\n")
    assert "There are addresses in “Home”, “Work”." in words(editor.get(check))
    chosen = {"column-0": "attribute", "column-1": "email", "column-2": "name"}
    editor.submit(check, "/read", status=303, **chosen)
    page = words(editor.get(check))
    assert "New 1" in page
    editor.submit(check, status=303)
    assert "b@x.org" in editor.get(LIST)
    assert "Ann" in editor.get(LIST)
    assert state_of(context, notes, "a@x.org") is None


def test_the_page_asks_what_a_value_means_and_imports_nothing_before(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(editor, b"email,status\na@x.org,active\nb@x.org,<b>lapsed</b>\n")
    page = editor.get(check)
    assert "&lt;b&gt;lapsed&lt;/b&gt;” in the column “status”, 1 row" in page
    assert "<b>lapsed" not in page
    editor.submit(check, "/read", status=303)
    assert "What do these values mean?" in editor.get(check)
    editor.submit(check, "/read", status=303, **{"meaning-0": "unsubscribed"})
    assert "New: 1 subscribed, 1 unsubscribed." in words(editor.get(check))
    editor.submit(check, status=303)
    assert state_of(context, notes, "b@x.org") == SubscriptionState.UNSUBSCRIBED


def test_a_file_without_headings_asks_what_each_column_is(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(editor, b"bo@example.org,Bo,unsubscribed\ncy@example.org,Cy,active\n")
    assert "names no columns" in words(editor.get(check))
    editor.submit(check, "/read", status=303, **{"column-1": "name"})
    editor.submit(check, status=303)
    assert state_of(context, notes, "bo@example.org") == SubscriptionState.UNSUBSCRIBED
    assert state_of(context, notes, "cy@example.org") == SubscriptionState.ACTIVE


def test_an_empty_cell_beside_yes_and_no_is_asked_about_and_answered_for_its_column(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(
        editor, b"email,active,opt in\na@example.org,yes,yes\nb@example.org,yes,\n"
    )
    assert "An empty cell in the column “opt in”, 1 row" in words(editor.get(check))
    editor.submit(check, "/read", status=303, **{"meaning-0": "pending"})
    editor.submit(check, status=303)
    assert state_of(context, notes, "a@example.org") == SubscriptionState.ACTIVE
    assert state_of(context, notes, "b@example.org") == SubscriptionState.PENDING


def test_the_order_of_dates_is_chosen_on_the_page(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(editor, b"email,consent date\na@example.org,03/04/2026\n")
    assert "which comes first, the day or the month" in words(editor.get(check))
    editor.submit(check, "/read", status=303, dates="month-first")
    editor.submit(check, status=303)
    assert state_of(context, notes, "a@example.org") == SubscriptionState.ACTIVE


def test_a_file_named_after_those_who_left_asks_what_everyone_in_it_is(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    check = upload_bytes(editor, b"email\na@x.org\n", "unsubscribed.csv")
    assert "no column says who is subscribed" in words(editor.get(check))
    editor.submit(check, "/read", status=303, everyone="unsubscribed")
    assert "New: 1 unsubscribed." in words(editor.get(check))
    editor.submit(check, status=303)
    assert state_of(context, notes, "a@x.org") == SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "chosen",
    [
        {"encoding": "klingon"},
        {"everyone": "king"},
        {"value-0": "x", "meaning-0": "king"},
    ],
)
def test_a_choice_that_can_not_be_is_refused_and_changes_nothing(
    context: Context, notes: Newsletter, editor: Person, chosen: dict[str, str]
) -> None:
    check = upload_bytes(editor, b"email\na@x.org\n")
    answer = editor.submit(check, "/read", status=400, **chosen)
    assert 'role="alert"' in answer.text
    assert "New 1" in words(editor.get(check))


def test_the_rows_left_out_are_those_of_the_list_as_it_was_chosen_to_be_read(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    data = "email,name\nnobody,Jürgen\na@x.org,Ann\n".encode("cp1252")
    check = upload_bytes(editor, data)
    editor.submit(check, "/read", encoding="cp1252", status=303)
    assert editor.get(f"{check}/left-out.csv").splitlines()[1].startswith("2,nobody,")

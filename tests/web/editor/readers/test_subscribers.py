"""The pages about readers, as an editor uses them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.domain.consent import SubscriptionState
from newsletter.store.models import Newsletter, OutboxMessage, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.store.readers.subscriptions import find_subscriber, find_subscription
from newsletter.usecases.context import Context
from newsletter.usecases.readers.sign_up import sign_up
from tests.support.builders import a_newsletter, a_subscriber
from tests.web.editor.conftest import Person, words


@pytest.fixture
def notes(context: Context) -> Newsletter:
    return a_newsletter(context, slug="notes")


LIST = "/editor/newsletters/notes/subscribers"


def subscription(context: Context, newsletter: Any, address: str) -> Subscription | None:
    with context.database.read() as session:
        subscriber = find_subscriber(session, address)
        return subscriber and find_subscription(session, newsletter.id, subscriber.id)


def upload(editor: Person, text: str, consent: str = "a sheet") -> Any:
    fields = editor.fields(f"{LIST}/import", "")
    token = fields["csrf_token"]
    return editor.client.post(
        f"{LIST}/import",
        data={
            "csrf_token": token,
            "consent": consent,
            "file": (io.BytesIO(text.encode()), "list.csv"),
        },
        content_type="multipart/form-data",
    )


def test_strangers_are_sent_to_sign_in(context: Context, notes: Newsletter, client: Any) -> None:
    for page in ("", "/add", "/1", "/1/erase", "/import", "/import/1", "/export.csv"):
        answer = client.get(f"{LIST}{page}")
        assert answer.status_code == 303, page
        assert "/editor/sign-in" in answer.location


def test_the_list_counts_by_state_and_filters_and_searches(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    a_subscriber(context, notes, address="bo@example.org", name="Bo Berg", tags=["early"])
    a_subscriber(context, notes, address="cy@example.org", state=SubscriptionState.UNSUBSCRIBED)
    page = words(editor.get(LIST))
    assert "All 2" in page
    assert "Active 1" in page
    assert "Unsubscribed 1" in page
    assert "early" in page
    assert "cy@example.org" not in editor.get(f"{LIST}?state=active")
    assert "bo@example.org" in editor.get(f"{LIST}?q=BERG")
    assert "bo@example.org" in editor.get(f"{LIST}?q=Bo@Example.org")
    assert "No subscribers found" in editor.get(f"{LIST}?q=100%25_")


def test_the_list_goes_on_page_by_page_and_back(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    for number in range(120):
        a_subscriber(context, notes, address=f"r{number:03}@example.org")
    first = editor.get(LIST)
    assert "r119@" in first
    assert "r069@" not in first
    assert 'rel="prev"' not in first
    second = editor.get(_href(first, "next"))
    assert "r069@" in second
    third = editor.get(_href(second, "next"))
    assert "r000@" in third
    assert 'rel="next"' not in third
    assert "r069@" in editor.get(_href(third, "prev"))
    assert "r119@" in editor.get(_href(second, "prev"))


def test_somebody_is_added_with_the_source_of_consent(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    refused = editor.submit(f"{LIST}/add", address="bo@example.org", consent=" ", status=400)
    assert "Say how this person agreed" in words(refused.text)
    answer = editor.submit(
        f"{LIST}/add", address="bo@example.org", name="Bo", consent="Asked by mail", status=303
    )
    page = words(editor.get(answer.location))
    assert "bo@example.org" in page
    assert "Added – Asked by mail" in page
    assert "Active since" in page


def test_who_left_is_added_only_when_they_asked_again(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    a_subscriber(context, notes, address="bo@example.org", state=SubscriptionState.UNSUBSCRIBED)
    given = {"address": "bo@example.org", "consent": "Asked by mail"}
    answer = editor.submit(f"{LIST}/add", status=409, **given)
    assert "unsubscribed from this newsletter before" in words(answer.text)
    assert "They asked to subscribe again" in answer.text
    editor.submit(f"{LIST}/add", status=409, asked_again="By phone", **given)
    answer = editor.submit(f"{LIST}/add", status=303, again="yes", asked_again="By phone", **given)
    assert "asked again: By phone" in words(editor.get(answer.location))


def test_an_erased_reader_leaves_nothing_on_any_page(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    answer = editor.submit(
        f"{LIST}/add", address="bo@example.org", name="Bo Berg", consent="Bo said so", status=303
    )
    page = answer.location
    wrong = editor.submit(f"{page}/erase", address="cy@example.org", status=400)
    assert "Nothing was erased" in words(wrong.text)
    editor.submit(f"{page}/erase", address=" BO@example.org ", status=303)
    left = editor.get(page) + editor.get(LIST) + editor.get(f"{LIST}/export.csv")
    for word in ("bo@example.org", "Bo Berg", "Bo said so"):
        assert word not in left
    editor.submit(f"{LIST}/add", address="Bo@example.org", consent="Again", status=409)
    assert "1 left out" not in words(editor.get(LIST))


def test_a_reader_is_unsubscribed_suppressed_and_the_suppression_lifted(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    reader = a_subscriber(context, notes, address="bo@example.org")
    page = f"{LIST}/{reader.subscriber_id}"
    assert "Give a reason" in editor.submit(page, "/unsubscribe", reason=" ", status=400).text
    editor.submit(page, "/unsubscribe", reason="Asked by mail", status=303)
    assert "Withdrawn – Asked by mail" in words(editor.get(page))
    editor.submit(page, "/suppress", reason="Legal letter", status=303)
    assert "No newsletter sends to it" in words(editor.get(page))
    editor.submit(page, "/lift", reason="Was a mistake", status=303)
    found = subscription(context, notes, "bo@example.org")
    assert found is not None
    assert found.state == SubscriptionState.UNSUBSCRIBED
    assert "Was a mistake" in words(editor.get(page))


def test_what_is_known_of_a_reader_can_be_put_right(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    reader = a_subscriber(context, notes, address="bo@example.org")
    page = f"{LIST}/{reader.subscriber_id}"
    too_much = {"attribute-name": "city", "attribute-value": "x" * 10_001}
    answer = editor.submit(page, page, name="Bo", tags="a; b", status=400, **too_much)
    assert "longer than 10,000 characters" in words(answer.text)
    saved = subscription(context, notes, "bo@example.org")
    assert saved is not None
    assert saved.tags == ["a", "b"], "one wrong field does not keep the others from being saved"
    field = {"attribute-name": "city", "attribute-value": " Oslo "}
    editor.submit(page, page, name="Bo", tags="a; b;A", status=303, **field)
    found = subscription(context, notes, "bo@example.org")
    assert found is not None
    assert found.tags == ["a", "b"]
    assert "bo@example.org" in editor.get(f"{LIST}?attribute=city%3Doslo")
    exported = editor.get(f"{LIST}/export.csv?attribute=city&col=tags&col=attribute:city")
    assert exported.splitlines() == ["address,tags,city", "bo@example.org,a;b,Oslo"]


def test_many_are_tagged_by_a_filter_or_one_by_one_and_it_is_said_whom_it_is_about(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    for number in range(3):
        a_subscriber(context, notes, address=f"r{number}@example.org", tags=["old"])
    last = a_subscriber(context, notes, address="bo@example.org")
    asked = editor.submit(f"{LIST}?tag=OLD", "/many", whom="all", what="tag", value="", status=200)
    assert "3 subscribers: subscribers with the tag “OLD”" in words(asked.text)
    token = editor.fields(f"{LIST}?tag=old", "/many")["csrf_token"]
    sent = {"csrf_token": token, "what": "tag", "value": "new", "tag": "old"}
    assert "Enter a tag" in editor.client.post(f"{LIST}/many/do", data={**sent, "value": " "}).text
    for changed in (3, 0):
        done = editor.client.post(f"{LIST}/many/do", data=sent)
        assert f"Done. Looked at 3, changed {changed}." in words(done.text)
    only = {"csrf_token": token, "whom": "only", "id": str(last.subscriber_id)}
    left = {**only, "what": "unsubscribe", "value": "asked by email"}
    assert "changed 1." in words(editor.client.post(f"{LIST}/many/do", data=left).text)
    page = editor.get(LIST)
    assert ("Active 3" in words(page), page.count('class="badge">new<')) == (True, 3)
    assert editor.client.post(f"{LIST}/many/do", data={**sent, "csrf_token": ""}).status_code == 400


def test_a_filter_is_saved_with_its_columns_and_sorted(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    for name in ("bo", "al", "cy"):
        a_subscriber(context, notes, address=f"{name}@example.org", tags=["early"])
    listed = f"{LIST}?tag=early&sort=address&col=name&col=state_how"
    page = editor.get(listed)
    assert [page.index(f">{name}@") for name in ("al", "bo", "cy")] == sorted(
        page.index(f">{name}@") for name in ("al", "bo", "cy")
    )
    editor.submit(listed, "/filters", name="Early ones", status=303)
    page = editor.get(LIST)
    assert "Early ones" in page
    assert "subscribers?tag=early&amp;col=address&amp;col=name&amp;col=state_how" in page
    editor.submit(LIST, "/delete", status=303)
    assert "Early ones" not in editor.get(LIST)
    assert "No subscribers found" in words(editor.get(f"{LIST}?since=2030-01-01&source=heaven"))


def test_a_note_is_in_the_time_line_until_it_is_deleted_or_its_reader_erased(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    reader = a_subscriber(context, notes, address="bo@example.org")
    page = f"{LIST}/{reader.subscriber_id}"
    assert "at most 2000" in editor.submit(page, f"{page}/notes", note=" ", status=400).text
    for text in ("Met at a fair", "Prefers phone"):
        editor.submit(page, f"{page}/notes", note=text, status=303)
    editor.submit(page, "/delete", status=303)
    left = [text for text in ("Met at a fair", "Prefers phone") if text in editor.get(page)]
    assert len(left) == 1
    editor.submit(f"{page}/erase", address="bo@example.org", status=303)
    assert left[0] not in editor.get(page)


def test_a_confirmation_is_sent_again_once_a_day(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    profile = profile_of(notes)
    sign_up(context, profile, "bo@example.org", "192.0.2.1")
    with context.database.read() as session:
        reader = session.scalars(select(Subscription)).one()
    page = f"{LIST}/{reader.subscriber_id}"
    editor.submit(page, "/confirmation", status=303)
    assert "on its way" in words(editor.get(page))
    editor.submit(page, "/confirmation", status=303)
    assert "was sent to this address today" in words(editor.get(page))
    with context.database.read() as session:
        kinds = [row.kind for row in session.scalars(select(OutboxMessage))]
    assert kinds.count("confirmation") == 2


def test_hostile_names_are_shown_as_text(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    attack = "<script>alert(1)</script>"
    reader = a_subscriber(
        context,
        notes,
        address="bo@example.org",
        name=attack,
        tags=[attack],
        attributes={"a": attack},
    )
    upload(editor, f"address,name\n{attack},x\n")
    for page in ("", f"/{reader.subscriber_id}", "/import/1", f"?q={attack}"):
        assert attack not in editor.get(f"{LIST}{page}"), page
    assert "&lt;script&gt;" in editor.get(LIST)


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


def test_another_newsletters_reader_is_not_found_here(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    reader = a_subscriber(context, a_newsletter(context))
    for page in (f"/{reader.subscriber_id}", "/99999999999999999999999", "/import/99"):
        editor.get(f"{LIST}{page}", status=404)


def _href(page: str, rel: str) -> str:
    piece = page.partition(f'rel="{rel}"')[2].partition('href="')[2].partition('"')[0]
    return piece.replace("&amp;", "&")


def test_a_domain_beyond_ascii_is_found_by_the_letters_it_is_shown_with(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    a_subscriber(context, notes, address="bo@bücher.de")
    for search in ("bücher", "Bü", "bo@BÜCHER.de", "xn--bcher"):
        assert "bo@bücher.de" in editor.get(f"{LIST}?q={search}"), search


def upload_bytes(editor: Person, data: bytes, name: str = "list.csv") -> str:
    """The page that checks the file."""
    token = editor.fields(f"{LIST}/import", "")["csrf_token"]
    file = (io.BytesIO(data), name)
    answer = editor.client.post(
        f"{LIST}/import",
        data={"csrf_token": token, "consent": "a sheet", "file": file},
        content_type="multipart/form-data",
    )
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
    assert "This is a file of Ghost" in page
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

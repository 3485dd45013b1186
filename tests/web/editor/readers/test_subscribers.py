"""The pages about readers, as an editor uses them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Newsletter, OutboxMessage, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.readers.sign_up import sign_up
from tests.support.builders import a_newsletter, a_subscriber
from tests.web.editor.conftest import Person, words
from tests.web.editor.readers.conftest import LIST, subscription, upload


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
    odd = {"attribute-name": "=cmd", "attribute-value": "=1+1 مرحبا"}
    editor.submit(page, page, status=303, **odd)
    assert 'value="=1+1 مرحبا"' in editor.get(page)
    exported = editor.get(f"{LIST}/export.csv?col=attribute:%3Dcmd")
    assert exported.splitlines() == ["address,'=cmd", "bo@example.org,'=1+1 مرحبا"], "no formula"


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
    for value, offered in (("new", False), ("newer", True), ("OLD", False)):
        page = editor.client.post(f"{LIST}/many/do", data={**sent, "value": value}).text
        assert (">Undo<" in page) is offered, "only where it takes back just what was done"
    undone = editor.client.post(f"{LIST}/many/do", data={**sent, "what": "untag", "value": "newer"})
    assert "changed 3." in words(undone.text)
    assert "All 3 that the filter finds" in editor.get(f"{LIST}?tag=old")
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
    named = {**editor.fields(listed, "/filters"), "name": "Early ones"}
    for key, said in (("a", "Filter saved."), ("b", "in place of the one with this name.")):
        editor.client.post(f"{LIST}/filters", data={**named, "once": key})
        page = editor.get(LIST)
        assert said in words(page)
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

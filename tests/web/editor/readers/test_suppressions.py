"""The page of addresses that a newsletter does not mail, as an editor uses it."""

from __future__ import annotations

import io

import pytest

from newsletter.store.models import Newsletter
from newsletter.usecases.context import Context
from newsletter.usecases.readers.import_suppressions import import_suppressions
from newsletter.usecases.readers.list_suppressions import find_address
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words

PAGE = "/editor/newsletters/notes/suppressions"


pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def notes(context: Context) -> Newsletter:
    return a_newsletter(context, slug="notes")


def test_an_editor_adds_finds_and_lifts(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    a_subscriber(context, notes, address="ada@x.org")
    assert "No address is suppressed." in words(editor.get(PAGE))
    editor.submit(PAGE, f"{PAGE}/add", address="ada@x.org", reason="A letter")
    page = words(editor.get(f"{PAGE}?q=Ada%40x.org"))
    assert "No newsletter mails it" in page
    assert "A letter" in page
    assert "by an editor" in page
    assert "bo@x.org is not suppressed" in words(editor.get(f"{PAGE}?q=bo%40x.org"))
    editor.submit(PAGE, f"{PAGE}/lift", address="ada@x.org", reason="A mistake")
    assert find_address(context, "ada@x.org", EDITOR) == ()


def test_a_complaint_is_lifted_only_with_the_word_that_they_asked_again(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    import_suppressions(context, ["address,reason\n", "ada@x.org,complaint\n"], EDITOR)
    given = {"address": "ada@x.org", "reason": "They wrote"}
    refused = editor.submit(PAGE, f"{PAGE}/lift", **given, asked_again="")
    assert refused.status_code == 400
    assert "This person reported your email as spam" in words(refused.get_data(as_text=True))
    editor.submit(PAGE, f"{PAGE}/lift", **given, asked_again="yes")
    assert find_address(context, "ada@x.org", EDITOR) == ()


def test_a_list_is_taken_in_and_given_out(
    context: Context, notes: Newsletter, editor: Person
) -> None:
    token = editor.fields(PAGE, f"{PAGE}/import")["csrf_token"]
    answer = editor.client.post(
        f"{PAGE}/import",
        data={
            "csrf_token": token,
            "only_here": "yes",
            "file": (io.BytesIO(b"ada@x.org\nnobody\n"), "old.txt"),
        },
        content_type="multipart/form-data",
    )
    assert "1 suppressed, 0 were already suppressed, 1 left out." in words(
        answer.get_data(as_text=True)
    )
    (found,) = find_address(context, "ada@x.org", EDITOR)
    assert (found.newsletter, found.detail) == ("notes", "from old.txt")
    assert "address,address_hash" in editor.get(f"{PAGE}/export.csv")

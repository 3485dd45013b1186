"""What a request may hold, and who is asked before it is read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from tests.web.editor.conftest import ADDRESS, PASSWORD, Person, first_editor, person

__all__ = ["first_editor", "person"]
FORM = "application/x-www-form-urlencoded"
IMPORT = "/editor/newsletters/news/subscribers/import"
EDITORS_PAGES = (
    "/editor/newsletters/news/issues/new",
    IMPORT,
    "/editor/editors/",
    "/editor/issues/1",
    "/editor/nothing",
)


class Watched(BytesIO):
    """A body of which we are told how much was read."""

    was_read = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.was_read += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self.was_read += count
        return count


def post(client: Any, path: str, body: Watched, content_type: str = FORM, **environ: Any) -> int:
    length = body.getbuffer().nbytes
    answer = client.post(
        path,
        input_stream=body,
        content_type=content_type,
        environ_overrides={"CONTENT_LENGTH": str(length), **environ},
    )
    return int(answer.status_code)


@pytest.mark.parametrize("path", [*EDITORS_PAGES, "/n/news", "/editor/sign-in", "/unsubscribe/x"])
@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=b"])
def test_nothing_of_a_large_body_is_read_for_a_stranger(
    person: Person, first_editor: int, path: str, content_type: str
) -> None:
    body = Watched(b"a&" * 500_000)
    assert post(person.client, path, body, content_type) in (400, 404, 413)
    assert body.was_read == 0


@pytest.mark.parametrize("path", EDITORS_PAGES[:-1])
def test_who_is_signed_out_learns_why_a_large_post_was_refused_and_what_to_do(
    person: Person, first_editor: int, path: str
) -> None:
    answer = person.client.post(path, data={"digest": "a" * 300_000})
    assert answer.status_code == 413
    assert "You are signed out" in answer.text
    assert "what you typed is still in the form" in answer.text
    assert "Sign in in another tab" in answer.text


@pytest.mark.parametrize(("path", "limit"), [(IMPORT, "32 MB"), ("/editor/editors/", "7 MB")])
def test_an_editor_learns_how_much_a_page_takes(
    person: Person, first_editor: int, path: str, limit: str
) -> None:
    person.sign_in()
    answer = person.client.post(path, data={"a": "a" * 32_000_001})
    assert answer.status_code == 413
    assert f"larger than {limit}" in answer.text
    assert "Split it in two" in answer.text


@pytest.mark.parametrize("path", ["/n/news", "/editor/sign-in", "/editor/editors/"])
@pytest.mark.parametrize("field", ["a&", "&", "a=1&"])
def test_a_stranger_s_form_has_a_thousand_fields_at_most(
    person: Person, first_editor: int, path: str, field: str
) -> None:
    assert post(person.client, path, Watched(field.encode() * 1001)) == 413


def test_an_editor_s_form_is_counted_too(person: Person, first_editor: int) -> None:
    person.sign_in()
    path = "/editor/newsletters/news/issues/new"
    assert post(person.client, path, Watched(b"a&" * 50_001)) == 413


def test_only_pages_that_take_files_take_32_megabytes(person: Person, first_editor: int) -> None:
    person.sign_in()
    large = b"email\n" + b"a" * 8_000_000
    for path, is_read in ((IMPORT, True), ("/editor/editors/", False), ("/editor/account", False)):
        body = Watched(
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            + large
            + b"\r\n--b--\r\n"
        )
        status = post(person.client, path, body, "multipart/form-data; boundary=b")
        assert (body.was_read > 8_000_000, status) == ((True, 400) if is_read else (False, 413))


@pytest.mark.parametrize(
    "path",
    [
        "/n/new%00s",
        "/n/news/archive?before=%00",
        "/%00",
        "/confirm/a%00",
        "/unsubscribe/%00",
        "/sandbox/%00",
        "/static/%00",
        "/editor/sign-in/%00",
        "/editor/sign-in?next=%00",
        "/?%00=1",
    ],
)
def test_a_nul_in_the_address_is_refused_at_the_door(
    person: Person, first_editor: int, path: str
) -> None:
    assert person.client.get(path).status_code in (400, 404)


@pytest.mark.parametrize(
    ("page", "form", "field"),
    [
        ("/n/news", "", "address"),
        ("/editor/sign-in", "sign-in", "address"),
        ("/editor/sign-in", "sign-in", "password"),
    ],
)
def test_a_nul_in_a_field_of_a_stranger_is_refused(
    person: Person, first_editor: int, page: str, form: str, field: str
) -> None:
    fields = {"address": ADDRESS, "password": PASSWORD, field: "a\x00b@example.org"}
    assert person.submit(page, form, **fields).status_code == 400


@pytest.mark.parametrize("field", ["name", "address", "\x00"])
def test_a_nul_in_an_editor_s_field_is_refused(
    person: Person, first_editor: int, field: str
) -> None:
    person.sign_in()
    fields = {"name": "Ben", "address": "ben@example.org", "current": PASSWORD, field: "a\x00"}
    assert person.submit("/editor/editors/", **fields).status_code == 400

"""What the sandbox's page reads: any mail at all, however odd, without ever failing."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.domain.errors import NotFound
from newsletter.runtime.sandbox.inbox import (
    SandboxMessage,
    clear,
    count_messages,
    list_messages,
    read_message,
    read_source,
)

ID = "20261122T090000123456-0123abcd"


def a_kept(directory: Path, message: bytes, message_id: str = ID, to: str = "c@d.example") -> str:
    trace = f"Return-Path: <a@b.example>\r\nDelivered-To: {to}\r\n".encode()
    (directory / f"{message_id}.eml").write_bytes(trace + message)
    return message_id


def parsed(directory: Path, message: bytes) -> SandboxMessage:
    return read_message(directory, a_kept(directory, message))


def an_id(number: int) -> str:
    return f"20261122T09000000{number:04d}-0123abcd"


def test_an_ordinary_mail_is_taken_apart(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "Bücher <news@b.example>"
    message["To"] = "ann@r.example"
    message["Subject"] = "Größe zählt nicht"
    message["List-Unsubscribe"] = "<https://b.example/u/token>"
    message.set_content("Text é")
    message.add_alternative("<p>HTML é</p>", subtype="html")
    found = parsed(tmp_path, message.as_bytes())
    assert found.summary.subject == "Größe zählt nicht"
    assert found.summary.from_ == "Bücher <news@b.example>"
    assert (found.summary.sender, found.summary.recipients) == ("a@b.example", ("c@d.example",))
    assert found.summary.received_at == datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
    assert found.header("list-unsubscribe") == "<https://b.example/u/token>"
    assert found.text == "Text é\n"
    assert found.html == "<p>HTML é</p>\n"
    assert found.attachments == ()
    assert found.source.startswith("Return-Path: <a@b.example>\r\n")


def test_a_mail_without_html_has_none(tmp_path: Path) -> None:
    found = parsed(tmp_path, b"Subject: x\r\n\r\nJust text\r\n")
    assert (found.text, found.html) == ("Just text\n", "")


def test_a_mail_without_text_has_none(tmp_path: Path) -> None:
    found = parsed(tmp_path, b"Content-Type: text/html\r\n\r\n<p>x</p>")
    assert (found.text, found.html) == ("", "<p>x</p>")


def test_attachments_are_named_and_not_shown_as_the_text(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("The text")
    message.add_attachment(b"\x00\x01\x02", "application", "pdf", filename="Größe.pdf")
    message.add_attachment("another text", filename="notes.txt")
    found = parsed(tmp_path, message.as_bytes())
    assert found.text == "The text\n"
    assert [(a.name, a.content_type) for a in found.attachments] == [
        ("Größe.pdf", "application/pdf"),
        ("notes.txt", "text/plain"),
    ]
    assert found.attachments[0].size_bytes == 3


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (b'Content-Type: text/plain; charset="iso-8859-1"', b"caf\xe9", "café"),
        (b"Content-Type: text/plain; charset=utf-8", b"caf\xe9", "caf\ufffd"),
        (b"Content-Type: text/plain; charset=no-such-thing", "café".encode(), "café"),
        (b'Content-Type: text/plain; charset="\x00"', b"x", "x"),
        (b"Content-Type: text/plain; charset=utf-16", b"x", "\ufffd"),
        (b"Content-Type: rubbish", b"x", "x"),
        (b"Content-Transfer-Encoding: base64", b"!!! not base64", None),
        (b"Content-Transfer-Encoding: quoted-printable", b"=ZZ =C3=A9", "=ZZ é"),
        (b"Content-Transfer-Encoding: x-unknown", b"as it is", "as it is"),
    ],
)
def test_odd_encodings_are_shown_as_well_as_can_be(
    tmp_path: Path, head: bytes, body: bytes, text: str | None
) -> None:
    found = parsed(tmp_path, head + b"\r\n\r\n" + body)
    assert text is None or found.text == text


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"\x00\xff\xfe" * 100,
        b"Content-Type: multipart/alternative\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever closed",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x--\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\nx",
        b"Subject: =?utf-8?b?!!!?=\r\n\r\nx",
        b"Subject: =?no-such?q?x?=\r\n\r\nx",
        b"Subject: raw \xe9\xff bytes\r\n\r\nx",
        b"From: \r\nTo: <<>>,,;\r\nSubject\r\n\r\nx",
        b"Content-Disposition: attachment; filename*=no-such''%ff\r\n\r\nx",
    ],
)
def test_a_broken_mail_is_still_listed_and_opened(tmp_path: Path, message: bytes) -> None:
    found = parsed(tmp_path, message)
    assert list_messages(tmp_path) == (found.summary,)
    f"{found}".encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"Content-Type: multipart/mixed; b=x\r\n"]))
def test_no_mail_is_too_odd(tmp_path: Path, data: bytes, head: bytes) -> None:
    f"{parsed(tmp_path, head + data)}".encode()
    list_messages(tmp_path)


@pytest.mark.parametrize("depth", [100, 400, 700, 5_000])
def test_a_mail_of_parts_in_parts_is_shown_by_its_headers_and_source(
    tmp_path: Path, depth: int
) -> None:
    kind = "Content-Type: multipart/mixed; boundary=b{0}\r\n\r\n--b{0}\r\n"
    nested = "Subject: Deep\r\n" + "".join(kind.format(number) for number in range(depth))
    found = parsed(tmp_path, nested.encode())
    assert found.summary.subject == "Deep"
    assert f"--b{depth - 1}" in found.source


def test_the_list_goes_page_by_page_from_the_newest(tmp_path: Path) -> None:
    for number in range(5):
        a_kept(tmp_path, b"Subject: x\r\n\r\n", an_id(number))
    first = list_messages(tmp_path, limit=2)
    second = list_messages(tmp_path, limit=2, before=first[-1].id)
    third = list_messages(tmp_path, limit=2, before=second[-1].id)
    shown = [message.id for message in (*first, *second, *third)]
    assert shown == [an_id(number) for number in (4, 3, 2, 1, 0)]
    assert count_messages(tmp_path) == 5


def test_the_list_can_be_of_one_recipient(tmp_path: Path) -> None:
    a_kept(tmp_path, b"Subject: 1\r\n\r\n", an_id(1), to="Ann@r.example")
    a_kept(tmp_path, b"Subject: 2\r\n\r\n", an_id(2), to="bob@r.example")
    found = list_messages(tmp_path, recipient="ann@r.example")
    assert [message.subject for message in found] == ["1"]


def test_other_files_in_the_sandbox_directory_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "notes.eml").write_text("Subject: not ours\n\n")
    (tmp_path / f".{ID}.part").write_text("Subject: half\n\n")
    assert list_messages(tmp_path) == ()
    for message_id in ("notes", "../secret", ID, f"{ID}/../x", "", "\x00"):
        with pytest.raises(NotFound):
            read_source(tmp_path, message_id)


def test_an_inbox_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    assert list_messages(tmp_path / "none") == ()
    assert clear(tmp_path / "none") == 0


def test_it_can_be_cleared_of_messages_and_of_nothing_else(tmp_path: Path) -> None:
    a_kept(tmp_path, b"Subject: x\r\n\r\n")
    (tmp_path / "notes.eml").write_text("mine")
    assert clear(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["notes.eml"]

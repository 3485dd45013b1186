"""Bytes on the wire: quoted-printable in pieces, and header fields."""

from __future__ import annotations

import email
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.message.headers import (
    header,
    mailbox,
    unstructured,
    url_header,
    wire_address,
)
from newsletter.rendering.parts.quoted_printable import decode_pieces, encode_piece

TEXTS = st.lists(
    st.text(st.sampled_from("a.=é中😀 \t\n") | st.characters(codec="utf-8", exclude_categories="C"))
)


@given(TEXTS)
def test_pieces_that_are_joined_read_as_the_text_that_was_cut(pieces: list[str]) -> None:
    joined = b"".join(map(encode_piece, pieces))
    assert decode_pieces(joined) == "".join(pieces)
    lines = joined.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not [line for line in lines if line.startswith((b".", b"From ")) or line.endswith(b" ")]


@pytest.mark.parametrize(
    "text", ["." * 500, "From me\nFrom you", "x" * 72 + "From all", "a \n\tb\t\n"]
)
def test_dots_and_froms_never_begin_a_line(text: str) -> None:
    encoded = encode_piece(text)
    assert decode_pieces(encoded) == text
    assert not [x for x in encoded.split(b"\r\n") if x.startswith((b".", b"From ")) or len(x) > 76]


def parsed(field: bytes) -> str:
    message = email.message_from_bytes(field + b"\r\n", policy=default)
    assert not message.defects
    (value,) = message.values()
    return str(value)


@pytest.mark.parametrize(
    "subject",
    [
        "Plain",
        "Ünïcode — 中文 😀 " * 12,
        "long words " * 30,
        "x" * 300,
        "Looks =?utf-8?q?encoded?= but is not",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    field = unstructured("Subject", subject)
    assert parsed(field) == subject.strip()
    assert field.isascii()
    assert max(map(len, field.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\x1bb", "a\u2028b"])
def test_control_characters_are_refused_by_the_name_of_the_field(bad: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        unstructured("Subject", bad)
    assert refused.value.field == "Subject"
    for build in (lambda: header("X", bad), lambda: mailbox(bad, "a@example.org", field="From")):
        with pytest.raises(InvalidInput):
            build()


def test_a_url_is_whole_on_the_line_of_its_name() -> None:
    url = "https://news.example.org/unsubscribe/" + "x" * 200
    assert url_header("List-Unsubscribe", url) == f"List-Unsubscribe: <{url}>\r\n".encode()


@pytest.mark.parametrize(
    "bad", ["javascript:x", "https://e.org/ü", "https://e.org/a b", "e.org", ""]
)
def test_what_is_no_whole_web_address_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        url_header("List-Unsubscribe", bad)


@pytest.mark.parametrize(
    "name", ["Ada", "O'Neil, Ada", 'Ada "the" \\ X', "Åsa", "中" * 60, "a@b <c>"]
)
def test_a_display_name_arrives_as_it_was_written(name: str) -> None:
    field = header("From", mailbox(name, "ada@example.org", field="From"))
    # The newer parser puts a blank between encoded words in a phrase, against RFC 2047 6.2.
    raw_name, address = parseaddr(field.decode().partition(": ")[2].replace("\r\n", ""))
    assert str(make_header(decode_header(raw_name))) == name
    assert address == "ada@example.org"


def test_domains_go_out_as_a_labels_and_local_parts_as_they_are() -> None:
    assert wire_address("a@bücher.example", "To") == "a@xn--bcher-kva.example"
    assert wire_address("jürgen@example.org", "To") == "jürgen@example.org"


@pytest.mark.parametrize("bad", ["", "a", "@b", "a@", "a@b>, <c@d", "a b@c", "a@b\r\nc"])
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        wire_address(bad, "To")

"""Copies of one edition are signed by what they have in common: as right as each by itself."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.dkim.keys import DkimKey, new_key
from newsletter.mail.dkim.shared_copies import SharedBody
from newsletter.mail.dkim.signature import MessageSigner, relaxed_body

NOW = datetime.now(UTC)
SHARED = b"".join(b"A line that all of the copies have, number %d.\r\n" % n for n in range(40))
SPACED = b"".join(b"  code, \t indented   by %d \t\r\n" % n for n in range(40))


@pytest.fixture(scope="module")
def key() -> DkimKey:
    return DkimKey("s1", rsa.generate_private_key(65537, 2048))


def a_copy(number: int, *, subject: str = "Links", text: bytes = SHARED, **own: str) -> bytes:
    own = {"name": f"Reader {number}", "extra": "", "fold": " ", **own}
    head = (
        "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
        "From: Ada Editor <ada@example.org>\r\n"
        f"Subject: {subject}\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        f"{'X-Filler: ' + 'x' * 200}\r\n"
        f"To: {own['name']}{own['fold']}<reader{number}@example.net>\r\n"
        f"Message-ID: <d7.{number}@example.org>\r\n"
        f"List-Unsubscribe: <https://example.org/u/{'token' * number}>\r\n"
        f"{own['extra']}"
        "MIME-Version: 1.0\r\n\r\n"
    )
    middle = f"Hello {own['name']},\r\n\r\nhttps://example.org/u/{number}\r\n"
    return head.encode() + text + middle.encode() + SPACED + b"The end.\r\n"


def is_good(header: bytes, message: bytes, key: DkimKey) -> bool:
    record = f"v=DKIM1; k=rsa; p={key.public_half}".encode()
    return bool(dkim.DKIM(header + message).verify(dnsfunc=lambda *_, **__: record))


def test_every_copy_passes_from_the_first_to_the_last(key: DkimKey) -> None:
    signer = MessageSigner([key])
    for number in range(8):
        copy = a_copy(number)
        assert is_good(signer.sign(copy, NOW), copy, key), number


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "A  B\tC"},
        {"fold": "\r\n "},
        {"fold": "\r\n\t\r\n "},
        {"name": ""},
        {"extra": "Reply-To: other@example.org\r\n"},
        {"extra": "To: twice@example.org\r\n"},
        {"extra": "From: mallory@example.com\r\n"},
        {"subject": "Another   subject"},
        {"text": SHARED[: len(SHARED) // 2]},
        {"text": SHARED + b"more \t \r\n"},
        {"text": SPACED + SHARED},
        {"text": b""},
        {"text": SHARED.replace(b"number 20", b"Number 20")},
        {"text": SHARED.replace(b"number 20", b"number  20 ")},
    ],
    ids=str,
)
def test_a_copy_that_is_odd_passes_and_so_do_those_behind_it(
    key: DkimKey, odd: dict[str, Any]
) -> None:
    signer = MessageSigner([key], "example.org")
    copies = [a_copy(n) for n in range(4)]
    copies += [a_copy(4, **odd), a_copy(5), a_copy(6, **odd), a_copy(7, **odd), a_copy(8)]
    for place, copy in enumerate(copies):
        assert is_good(signer.sign(copy, NOW), copy, key), place


def test_every_byte_changes_the_signature(key: DkimKey) -> None:
    signer = MessageSigner([key])
    for number in range(4):
        signer.sign(a_copy(number), NOW)
    copy = a_copy(4)
    header = signer.sign(copy, NOW)
    unsigned = range(copy.index(b"X-Filler"), copy.index(b"To:"))
    for place in range(0, len(copy), 13):
        if place in unsigned or copy[place] in b" \t\r\n":
            continue
        changed = copy[:place] + bytes([copy[place] ^ 1]) + copy[place + 1 :]
        with contextlib.suppress(dkim.DKIMException):
            assert not is_good(header, changed, key), place


def test_two_keys_sign_every_copy_side_by_side(key: DkimKey) -> None:
    other = new_key("rsa", "s2")
    signer = MessageSigner([key, other])
    for number in range(4):
        copy = a_copy(number)
        header = signer.sign(copy, NOW)
        assert header.count(b"DKIM-Signature:") == 2
        first, second = (b"DKIM-Signature:" + one for one in header.split(b"DKIM-Signature:")[1:])
        assert is_good(first, copy, key)
        assert is_good(second, copy, other)


def test_the_time_in_a_signature_is_that_of_its_copy(key: DkimKey) -> None:
    signer = MessageSigner([key])
    for number in range(4):
        moment = NOW + timedelta(seconds=number)
        assert f"t={int(moment.timestamp())};".encode() in signer.sign(a_copy(number), moment)


def test_a_copy_of_another_author_is_signed_for_that_domain(key: DkimKey) -> None:
    signer = MessageSigner([key])
    for number in range(4):
        signer.sign(a_copy(number), NOW)
    other = a_copy(4).replace(b"ada@example.org", b"bob@example.net", 1)
    assert b"d=example.net;" in signer.sign(other, NOW)


def test_without_a_key_there_is_no_header() -> None:
    assert MessageSigner([]).sign(a_copy(1), NOW) == b""


LINES = st.lists(
    st.sampled_from(
        [
            b"",
            b" ",
            b"\t ",
            b"x",
            b"a  b",
            b"ends with blanks \t",
            b"the same long line that tells nothing at all",
            b"another long line that tells nothing at all, too",
            SHARED[:-2],
        ]
    ),
    max_size=12,
)


@given(bodies=st.lists(LINES, min_size=1, max_size=8), head=st.sampled_from([b"", b"A: b\r\n\r\n"]))
def test_a_body_has_the_same_hash_whatever_was_learnt_before(
    bodies: list[list[bytes]], head: bytes
) -> None:
    shared = SharedBody()
    for lines in bodies:
        body = b"\r\n".join(lines)
        expected = hashlib.sha256(relaxed_body(body)).digest()
        assert shared.digest(head + body, len(head)) == expected


def test_the_hash_of_a_body_is_that_of_the_standards_example() -> None:
    assert base64.b64encode(SharedBody().digest(b"", 0)) == (
        b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    )

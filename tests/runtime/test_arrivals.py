"""Whether all of a request is here, however it is cut into pieces."""

from __future__ import annotations

import pytest

from newsletter.runtime.arrivals import (
    LARGEST_HEAD_BYTES,
    LARGEST_REQUEST_BYTES,
    Arrival,
    Standing,
)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


def posted(length: int | bytes, body: bytes = b"") -> bytes:
    number = length if isinstance(length, bytes) else str(length).encode()
    return b"POST / HTTP/1.1\r\ncontent-length: " + number + b"\r\n\r\n" + body


WHOLE = [
    GET,
    GET + GET,
    posted(5, b"a=b&c"),
    posted(0),
    CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"5;name=value\r\nhel\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
    CHUNKED + b"2\r\nab\r\nA\r\n0123456789\r\n000\r\n\r\n",
    # These are for gunicorn to refuse.
    posted(b"-1"),
    posted(b"9" * 30),
    CHUNKED + b"none\r\n",
    CHUNKED + b"5" * 8_001,
    b"\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", WHOLE)
def test_a_request_is_whole_when_its_last_byte_is_here(request_bytes: bytes) -> None:
    assert Arrival().take(request_bytes) is Standing.WHOLE


@pytest.mark.parametrize("request_bytes", [WHOLE[0], *WHOLE[2:7]])
def test_it_does_not_matter_how_a_request_is_cut(request_bytes: bytes) -> None:
    arrival = Arrival()
    standings = [arrival.take(request_bytes[at : at + 1]) for at in range(len(request_bytes))]
    assert [*set(standings[:-1])] == [Standing.AWAITED]
    assert standings[-1] is Standing.WHOLE
    assert arrival.data == request_bytes


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"G",
        GET[:-1],
        posted(5, b"a=b&"),
        CHUNKED,
        CHUNKED + b"5\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"9\r\n0\r\n\r\n",  # looks like the end, and is in the midst of a chunk
        CHUNKED + b"0\r\nTrailer: 1\r\n",
    ],
)
def test_a_request_is_awaited_until_then(request_bytes: bytes) -> None:
    assert Arrival().take(request_bytes) is Standing.AWAITED


def test_a_body_with_a_length_that_is_too_large_is_not_waited_for() -> None:
    assert Arrival().take(posted(LARGEST_REQUEST_BYTES)) is Standing.AWAITED
    assert Arrival().take(posted(LARGEST_REQUEST_BYTES + 1)) is Standing.LARGE


@pytest.mark.parametrize(
    "body",
    [
        b"40000\r\n",
        b"1000\r\n" + b"a" * 4096 + b"\r\nffffffff\r\n",
        b"3e7f0\r\n" + b"a" * 255_984 + b"\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n",
        b"0\r\n" + b"a: b\r\n" * 50_000,
    ],
)
def test_a_large_body_must_say_its_length(body: bytes) -> None:
    assert Arrival().take(CHUNKED + body) is Standing.LENGTH_REQUIRED


def test_a_head_without_an_end_is_refused() -> None:
    arrival = Arrival()
    assert arrival.take(b"GET / HTTP/1.1\r\n") is Standing.AWAITED
    assert arrival.take(b"A: b\r\n" * (LARGEST_HEAD_BYTES // 6)) is Standing.HEAD_TOO_LARGE


@pytest.mark.parametrize(("line", "expects"), [(b"expect: 100-Continue", 1), (b"A: b", 0)])
def test_who_waits_for_our_word_is_known_when_the_head_is_here(line: bytes, expects: int) -> None:
    arrival = Arrival()
    arrival.take(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n" + line)
    assert not arrival.expects_continue
    arrival.take(b"\r\n\r\n")
    assert arrival.expects_continue == expects

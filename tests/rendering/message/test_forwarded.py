"""A reply is forwarded whatever a stranger wrote into it, and at once."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from newsletter.rendering.message.forwarded import Forwarded, build_forwarded

NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)
)
REPLIES = {
    "a subject of encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 30_000 + b"\r\n\r\nhi",
    "endless parameters": b"Content-Type: text/plain; " + b'a*0*="' * 30_000 + b"\r\n\r\nhi",
    "nested parts": NESTED + b"hi",
    "a line of a header in a subject": b"Subject: =?utf-8?q?a=0d=0aBcc:_x@x.example?=\r\n\r\nhi",
    "no text": b"Content-Type: text/plain; charset=rot13\r\n\r\nhi",
}


@pytest.mark.parametrize("original", REPLIES.values(), ids=REPLIES)
def test_a_hostile_reply_is_forwarded_whole_with_headers_of_ours_alone(original: bytes) -> None:
    """Before, the first two took the library's parser minutes."""
    reply = Forwarded(
        original, "a@a.example\r\nBcc: x@x.example", "Harbour", "us@h.example", "to@h.example"
    )
    message = message_from_bytes(build_forwarded(reply, "<1@h.example>", datetime.now(UTC)))
    assert message["Bcc"] is None
    assert message["Reply-To"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_payload(1).get_payload(decode=True) == original  # type: ignore[union-attr]

"""A request while its bytes come in: whether all of it is here. Its parsing is left to gunicorn."""

from __future__ import annotations

import re
from enum import Enum

LARGEST_REQUEST_BYTES = 256_000
"""What a stranger may send. It is waited for without a thread. A thread reads what is larger, once
the app knows who is asking."""
LARGEST_HEAD_BYTES = 64_000
LONGEST_CHUNK_LINE_BYTES = 8_000

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\ncontent-length:[ \t]{0,9}(\d{1,18})[ \t]{0,9}\r")
_CHUNKED = re.compile(rb"(?i)\ntransfer-encoding:")
_EXPECTS_CONTINUE = re.compile(rb"(?i)\nexpect:[ \t]{0,9}100-continue")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")


class Standing(Enum):
    AWAITED = "more is to come"
    WHOLE = "all of it is here, or enough to see that it is wrong"
    LARGE = "the head is here; the body has its length and is too large to wait for"
    HEAD_TOO_LARGE = "431 Request Header Fields Too Large"
    LENGTH_REQUIRED = "411 Length Required"


class Arrival:
    def __init__(self) -> None:
        self.data = bytearray()
        self.expects_continue = False  # the client waits for our word before it sends the body
        self._body_at = 0
        self._next_chunk_at: int | None = None
        self._end = 0

    def take(self, data: bytes) -> Standing:
        """Looks at each byte once, however small the pieces are."""
        searched = len(self.data)
        self.data += data
        if not self._body_at and not self._find_body(searched):
            too_large = len(self.data) > LARGEST_HEAD_BYTES
            return Standing.HEAD_TOO_LARGE if too_large else Standing.AWAITED
        return self._standing_of_body()

    def _find_body(self, searched: int) -> bool:
        found = self.data.find(_END_OF_HEAD, max(0, searched - len(_END_OF_HEAD) + 1))
        if found < 0:
            return False
        self._body_at = found + len(_END_OF_HEAD)
        head = bytes(self.data[: self._body_at])
        self.expects_continue = bool(_EXPECTS_CONTINUE.search(head))
        if _CHUNKED.search(head):
            self._next_chunk_at = self._body_at
        else:
            length = _LENGTH.search(head)
            self._end = self._body_at + (int(length[1]) if length else 0)
        return True

    def _standing_of_body(self) -> Standing:
        if self._next_chunk_at is not None:
            return self._standing_of_chunks()
        if self._end - self._body_at > LARGEST_REQUEST_BYTES:
            return Standing.LARGE
        return Standing.WHOLE if len(self.data) >= self._end else Standing.AWAITED

    def _standing_of_chunks(self) -> Standing:
        """RFC 9112, section 7.1: size, line break, that many bytes, line break; 0 is the last."""
        while (at := self._next_chunk_at or 0) < len(self.data):
            line_end = self.data.find(b"\r\n", at, at + LONGEST_CHUNK_LINE_BYTES)
            if line_end < 0:
                is_wrong = len(self.data) - at > LONGEST_CHUNK_LINE_BYTES
                return Standing.WHOLE if is_wrong else self._unless_too_long()
            size = _CHUNK_SIZE.match(self.data, at, line_end)
            if size is None:
                return Standing.WHOLE
            if not int(size[0], 16):
                return self._standing_of_trailers(line_end)
            self._next_chunk_at = line_end + 2 + int(size[0], 16) + 2
        return self._unless_too_long()

    def _standing_of_trailers(self, line_end: int) -> Standing:
        if self.data.find(_END_OF_HEAD, line_end) >= 0:
            return Standing.WHOLE
        return self._unless_too_long()

    def _unless_too_long(self) -> Standing:
        known_bytes = max(len(self.data), self._next_chunk_at or 0) - self._body_at
        is_too_long = known_bytes > LARGEST_REQUEST_BYTES
        return Standing.LENGTH_REQUIRED if is_too_long else Standing.AWAITED

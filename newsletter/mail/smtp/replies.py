"""Parses a server's bytes into replies [RFC 5321 4.2], with bounded memory.

As lenient as Postfix: bare LF ends a line, the last line's code counts.
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache

from newsletter.domain.delivery.smtp_replies import Reply

MAX_LINE_BYTES = 2_000
"""Kept of each line; the rest is read and dropped. RFC 5321 4.5.3.1.5 allows 512."""
MAX_LINES = 100
"""Kept of each reply: the first lines, and the last one."""
MAX_REPLY_BYTES = 4_000_000
"""A reply without an end after this many bytes is not SMTP."""

_CODE_BYTES = 4
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ \-])(.*))?$", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class NotSmtp(Exception):
    """The server's bytes are not a reply. The text quotes their beginning, safe to show."""


class ReplyParser:
    """Feed it bytes as they arrive, then ask for complete replies."""

    def __init__(self) -> None:
        self._whole: deque[bytes] = deque()
        self._open = b""
        self._lines: list[tuple[int, str]] = []
        self._reply_bytes = 0

    @property
    def has_more(self) -> bool:
        """Whether it holds bytes that are not part of a returned reply."""
        return bool(self._whole or self._open or self._lines)

    def feed(self, data: bytes) -> None:
        lines = (self._open + data).split(b"\n")
        self._open = lines.pop()
        self._whole.extend(lines)

    def next_reply(self) -> Reply | None:
        """The next complete reply; None if more bytes are needed. Raises NotSmtp."""
        while self._whole:
            line = self._whole.popleft()
            if not self._lines and (reply := _whole_reply(line[:MAX_LINE_BYTES])) is not None:
                self._reply_bytes = 0
                return reply
            self._count(len(line) + 1)
            code, is_last, text = _read_line(line[:MAX_LINE_BYTES])
            if len(self._lines) < MAX_LINES or is_last:
                self._lines.append((code, text))
            if is_last:
                return self._take_reply()
        self._shorten_open_line()
        return None

    def _shorten_open_line(self) -> None:
        """Bounds memory, and detects garbage before its line ends."""
        if len(self._open) >= _CODE_BYTES:
            _read_line(self._open[:_CODE_BYTES])
        if len(self._open) > MAX_LINE_BYTES:
            self._count(len(self._open) - MAX_LINE_BYTES)
            self._open = self._open[:MAX_LINE_BYTES]

    def _count(self, size: int) -> None:
        self._reply_bytes += size
        if self._reply_bytes > MAX_REPLY_BYTES:
            raise NotSmtp("an unfinished reply")

    def _take_reply(self) -> Reply:
        code = self._lines[-1][0]
        texts = [text for _, text in self._lines]
        self._lines.clear()
        self._reply_bytes = 0
        return _reply(code, texts)


@lru_cache(maxsize=256)
def _whole_reply(line: bytes) -> Reply | None:
    """Most replies are one line, and repeat. None if this line does not end a reply."""
    code, is_last, text = _read_line(line)
    return _reply(code, [text]) if is_last else None


def _read_line(line: bytes) -> tuple[int, bool, str]:
    """(code, whether the line ends the reply, text)."""
    found = _LINE.match(line.removesuffix(b"\r"))
    if not found:
        raise NotSmtp(f"“{_shown(line[:60])}”")
    return int(found[1]), found[2] != b"-", _shown(found[3] or b"")


def _reply(code: int, texts: list[str]) -> Reply:
    enhanced = ""
    stripped = []
    for text in texts:
        found = _ENHANCED.match(text)
        # The classes must agree [RFC 2034 4]: in 550 4.2.1 the enhanced code is ignored.
        if found and found[1][0] == str(code)[0]:
            enhanced = enhanced or found[1]
            text = text[found.end() :]  # noqa: PLW2901 -- the line without its enhanced code
        stripped.append(text.strip())
    return Reply(code, "\n".join(stripped), enhanced)


def _shown(data: bytes) -> str:
    """Replaces control characters, which some databases refuse and no terminal should get."""
    return _CONTROL.sub("\ufffd", data.decode("utf-8", "replace"))

"""Quoted-printable in independent pieces: encoded once per issue, joined once per copy."""

from __future__ import annotations

import binascii
import quopri

MAX_LINE = 76
SOFT_BREAK = b"=\r\n"

_UNSAFE_STARTS = (b".", b"From ")
_ENCODED = {b".": b"=2E", b"F": b"=46"}
_CUT = MAX_LINE // 2
_SHORT = MAX_LINE - 1
"""What most readers' values are: with a soft break they fit on one line."""


def encode_piece(text: str) -> bytes:
    """A piece that begins at a line's start and ends with a soft break, so that any may follow.

    No line is longer than 76, none begins with a dot (so the body needs no dot-stuffing) or with
    “From ” (which mailboxes rewrite, and signatures then break).
    """
    if len(text) < _SHORT and "\n" not in text and "\r" not in text:
        line = binascii.b2a_qp(text.encode(), istext=False)
        if len(line) < _SHORT and not line.startswith(_UNSAFE_STARTS):
            return line + SOFT_BREAK
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    lines = (binascii.b2a_qp(data, istext=True) + b"=").split(b"\n")
    if any(map(_needs_care, lines)):
        lines = [safe for line in lines for safe in _safe_lines(line)]
    return b"\r\n".join([*lines, b""])


def decode_pieces(encoded: bytes) -> str:
    """The text of joined pieces, with plain line feeds."""
    return quopri.decodestring(encoded).decode().replace("\r\n", "\n")


def _needs_care(line: bytes) -> bool:
    """The library makes lines longer where it encodes a blank at their end."""
    return len(line) > MAX_LINE or line.startswith(_UNSAFE_STARTS)


def _safe_lines(line: bytes) -> list[bytes]:
    if line.startswith(_UNSAFE_STARTS):
        line = _ENCODED[line[:1]] + line[1:]
    if len(line) <= MAX_LINE:
        return [line]
    first, rest = _in_two(line)
    return [first, *_safe_lines(rest)]


def _in_two(line: bytes) -> tuple[bytes, bytes]:
    """Splits with a soft break, which must not be inside an encoded byte."""
    cut = _CUT
    while b"=" in line[cut - 2 : cut]:
        cut -= 1
    return line[:cut] + b"=", line[cut:]

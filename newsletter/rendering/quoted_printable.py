"""Quoted-printable, in pieces that stand alone: encoded once an issue, joined once a reader."""

from __future__ import annotations

import binascii
import quopri
import re

MAX_LINE = 76
SOFT_BREAK = b"=\r\n"

_AS_IT_IS = re.compile(r"[ -<>-~]*")
_LITERAL = {*range(0x20, 0x7F), 0x09} - {ord("=")}
_ENCODED = tuple(bytes((b,)) if b in _LITERAL else f"={b:02X}".encode() for b in range(256))


def encode_piece(text: str) -> bytes:
    """A piece that begins at a line's start and ends with a soft break, so that any may follow.

    No line is longer than 76, none begins with a dot (so the body needs no dot-stuffing) or with
    “From ” (which mailboxes rewrite, and signatures then break).
    """
    if len(text) < MAX_LINE and "\n" not in text and "\r" not in text:
        line = binascii.b2a_qp(text.encode(), istext=False)
        if len(line) < MAX_LINE - 2:
            return _safe_start(line) + SOFT_BREAK
    if _AS_IT_IS.fullmatch(text):
        starts = range(0, len(text), MAX_LINE - 3)
        lines = [_safe_start(text[at : at + MAX_LINE - 3].encode()) for at in starts]
        return SOFT_BREAK.join([*lines, b""])
    hard = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join([*map(_hard_line, hard[:-1]), _wrapped(hard[-1])]) + SOFT_BREAK


def decode_pieces(encoded: bytes) -> str:
    """The text of joined pieces, with plain line feeds."""
    return quopri.decodestring(encoded).decode().replace("\r\n", "\n")


def _hard_line(line: str) -> bytes:
    """A blank before a real line end would be cut on the way, so it goes out encoded."""
    if line.endswith((" ", "\t")):
        return _wrapped(line[:-1], last=b"=20" if line.endswith(" ") else b"=09")
    return _wrapped(line)


def _wrapped(line: str, last: bytes = b"") -> bytes:
    """By the library where it breaks lines at places that are safe, as it nearly always does."""
    if not last:
        lines = binascii.b2a_qp(line.encode(), istext=False).split(b"=\n")
        is_safe = not any(one.startswith((b".", b"From ")) for one in lines)
        if is_safe and len(lines[-1]) < MAX_LINE:
            return SOFT_BREAK.join(lines)
    return _wrapped_by_atoms(line, last)


def _wrapped_by_atoms(line: str, last: bytes) -> bytes:
    atoms = [_ENCODED[byte] for byte in line.encode()]
    if last:
        atoms.append(last)
    lines: list[bytes] = []
    start = 0
    while start < len(atoms):
        end, length = start, 0
        while end < len(atoms) and length + len(atoms[end]) < MAX_LINE - 2:
            length += len(atoms[end])
            end += 1
        lines.append(_safe_start(b"".join(atoms[start:end])))
        start = end
    return SOFT_BREAK.join(lines)


def _safe_start(line: bytes) -> bytes:
    """At most two bytes longer than `line`, for which `_wrapped` leaves room."""
    if line.startswith((b".", b"From ")):
        return _ENCODED_START[line[0]] + line[1:]
    return line


_ENCODED_START = {ord("."): b"=2E", ord("F"): b"=46"}

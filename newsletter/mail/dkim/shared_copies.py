"""Caches what the copies of one edition have in common, so that signing a copy costs little.

For each copy the common parts are compared as memory, and only its own headers and lines are read.
Every byte that is signed was compared or read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.mail.dkim.relaxed import relaxed_body, relaxed_header, relaxed_lines

_MIN_PIECE_BYTES = 200
_MAX_OWN_BYTES = 8192
"""Bytes between two common parts; a copy with more of its own is read as a whole."""
_TIMES_TO_LEARN = 12
"""How often the common parts are learned again. After that, copies are read as a whole."""
_BLANK = frozenset({b" ", b"\t"})


@dataclass(frozen=True, slots=True, eq=False)
class HeadLayout:
    """The headers of a copy, in order.

    A step is a run of whole headers that all copies share, or the beginning of a header that
    differs, with its relaxed name. `common` is the relaxed form of the shared signed headers.
    `names` are all signed headers, in the order that `parse` returns them.
    """

    steps: tuple[tuple[bytes, bytes], ...]
    common: bytes
    names: tuple[str, ...]

    def parse(self, message: bytes) -> tuple[bytes, int] | None:
        """(relaxed signed headers, offset of the body); None for a message with other headers."""
        position, signed = 0, [self.common]
        for raw, own_name in self.steps:
            if not message.startswith(raw, position):
                return None
            if not own_name:
                position += len(raw)
                continue
            end = message.find(b"\r\n", position)
            while end > 0 and message[end + 2 : end + 3] in _BLANK:
                end = message.find(b"\r\n", end + 2)
            if end < 0:
                return None
            value = message[position + len(raw) : end]
            if b"\r" in value or b"  " in value or b"\t" in value:
                signed.append(relaxed_header(message[position:end]))
            else:
                signed.append(own_name + value.strip() + b"\r\n")
            position = end + 2
        return (b"".join(signed), position + 2) if message.startswith(b"\r\n", position) else None


class SharedHead:
    """Learns which headers differ between copies. From never may: it decides who signs."""

    def __init__(self, fields: dict[str, list[bytes]], signed_names: Iterable[str]) -> None:
        """`fields` has one field for each name, without CRLF, in the order of the message."""
        self._fields = {name: raw + b"\r\n" for name, (raw,) in fields.items()}
        self._signed_names = tuple(signed_names)
        self._own: set[str] = set()
        self.layout = self._layout()

    def learn(self, fields: dict[str, list[bytes]]) -> None:
        """Learns from a copy that did not fit. Ignores one with other header names."""
        if list(fields) != list(self._fields) or any(len(found) > 1 for found in fields.values()):
            return
        new = {name for name, (raw,) in fields.items() if raw + b"\r\n" != self._fields[name]}
        if "from" not in new and new <= set(self._signed_names) and not new <= self._own:
            self._own |= new
            self.layout = self._layout()

    def _layout(self) -> HeadLayout:
        steps: list[tuple[bytes, bytes]] = []
        for name, raw in self._fields.items():
            if name in self._own:
                steps.append((raw.partition(b":")[0] + b":", name.encode() + b":"))
            elif steps and not steps[-1][1]:
                steps[-1] = (steps[-1][0] + raw, b"")
            else:
                steps.append((raw, b""))
        signed = [name for name in self._signed_names if name in self._fields]
        common = [name for name in signed if name not in self._own]
        own = [name for name in self._fields if name in self._own]
        return HeadLayout(
            steps=tuple(steps),
            common=b"".join(relaxed_header(self._fields[name]) for name in common),
            names=(*common, *own),
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Whole lines that copies have in common. `head` is used to find them."""

    raw: bytes
    head: bytes
    relaxed: bytes


@dataclass(frozen=True, slots=True)
class _Learned:
    """`first` has already hashed the first piece. One object, so that threads see a whole."""

    pieces: tuple[_Piece, ...]
    first: hashlib._Hash


class SharedBody:
    """Computes the SHA-256 of relaxed bodies that are mostly the same."""

    def __init__(self) -> None:
        self._learned: _Learned | None = None
        self._known: list[bytes] = []
        self._times_left = _TIMES_TO_LEARN

    def digest(self, message: bytes, start: int) -> bytes:
        """The digest of the body that begins at offset `start` of `message`."""
        learned = self._learned
        if learned is None:
            return self._learn_from(message[start:])
        first = learned.pieces[0].raw
        if message.startswith(first, start):
            hasher = learned.first.copy()
            rest = _relaxed_by_pieces(message, start + len(first), learned.pieces[1:])
        else:
            hasher = hashlib.sha256()
            rest = _relaxed_by_pieces(message, start, learned.pieces)
        if rest is None:
            return self._learn_from(message[start:])
        for piece in rest:
            hasher.update(piece)
        return hasher.digest()

    def _learn_from(self, body: bytes) -> bytes:
        if self._times_left:
            self._times_left -= 1
            self._learn(body)
        else:
            self._learned = None
        return hashlib.sha256(relaxed_body(body)).digest()

    def _learn(self, body: bytes) -> None:
        # Without the last line: blank lines at the end depend on the whole body.
        lines = body[: body.rfind(b"\r\n", 0, -2) + 2]
        known = _common(self._known, lines)
        self._known = known or [lines]
        if known:
            pieces = tuple(_Piece(raw, raw[:60], relaxed_lines(raw)) for raw in known)
            self._learned = _Learned(pieces, hashlib.sha256(pieces[0].relaxed))


def _relaxed_by_pieces(
    message: bytes, position: int, pieces: Iterable[_Piece]
) -> list[bytes] | None:
    """The relaxed body from `position`, a line start; None if it does not contain `pieces`."""
    relaxed: list[bytes] = []
    for piece in pieces:
        if not message.startswith(piece.raw, position):
            at = message.find(piece.head, position, position + _MAX_OWN_BYTES)
            begins_a_line = at > 0 and message.startswith(b"\r\n", at - 2)
            if not begins_a_line or not message.startswith(piece.raw, at):
                return None
            relaxed.append(relaxed_lines(message[position:at]))
            position = at
        relaxed.append(piece.relaxed)
        position += len(piece.raw)
    tail = relaxed_body(message[position:])
    relaxed.append(tail)
    return relaxed if tail and len(message) - position < _MAX_OWN_BYTES else None


def _common(known: list[bytes], lines: bytes) -> list[bytes]:
    """The runs of lines of `known` that `lines` also has, in order."""
    found: list[bytes] = []
    position = 0
    for text in known:
        run: list[bytes] = []
        for line in text.split(b"\r\n")[:-1]:
            whole = line + b"\r\n"
            at = position if lines.startswith(whole, position) else -1
            if at < 0:
                found.append(b"".join(run))
                run = []
                at = _whole_line(lines, whole, position)
            if at >= 0:
                run.append(whole)
                position = at + len(whole)
        found.append(b"".join(run))
    return [run for run in found if len(run) >= _MIN_PIECE_BYTES]


def _whole_line(lines: bytes, line: bytes, position: int) -> int:
    """The offset of the next `line`, or -1. Short lines are ignored: they may occur anywhere."""
    if len(line) < 20:
        return -1
    at = lines.find(line, position, position + _MAX_OWN_BYTES)
    return at if at <= 0 or lines.startswith(b"\r\n", at - 2) else -1

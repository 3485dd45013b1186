"""What the copies of one edition have in common, so that signing one costs only what is its own.

A copy costs a comparison of memory, and its own headers and lines are looked at. Nothing is taken
for granted: every byte that is signed was compared or read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.mail.dkim.relaxed import relaxed_body, relaxed_header, relaxed_lines

_LEAST_PIECE = 200
_FARTHEST = 8192
"""How much of its own a copy may have in one place; with more it is read as a whole."""
_LESSONS = 12
"""How often what is common is learned anew; then copies are too different, and that is given up."""
_BLANK = frozenset({b" ", b"\t"})


@dataclass(frozen=True, slots=True, eq=False)
class HeadLayout:
    """How the headers of a copy follow on each other.

    A step is a run of whole headers, the same in all copies, or how a copy's own header begins,
    with its relaxed name. `common` is the relaxed form of those that are the same and signed;
    `names` are all that are signed, in the order in which `parse` has them.
    """

    steps: tuple[tuple[bytes, bytes], ...]
    common: bytes
    names: tuple[str, ...]

    def parse(self, message: bytes) -> tuple[bytes, int] | None:
        """The relaxed headers, and where the body begins; None for a message of another kind."""
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
    """Learns which headers are a copy's own. That of the author is never: it names who signs."""

    def __init__(self, fields: dict[str, list[bytes]], signed_names: Iterable[str]) -> None:
        """`fields` has one of each, without its CRLF, in the order of the message."""
        self._fields = {name: raw + b"\r\n" for name, (raw,) in fields.items()}
        self._signed_names = tuple(signed_names)
        self._own: set[str] = set()
        self.layout = self._laid_out()

    def learn(self, fields: dict[str, list[bytes]]) -> None:
        """From a copy that did not fit; one with other headers teaches nothing."""
        if list(fields) != list(self._fields) or any(len(found) > 1 for found in fields.values()):
            return
        new = {name for name, (raw,) in fields.items() if raw + b"\r\n" != self._fields[name]}
        if "from" not in new and new <= set(self._signed_names) and not new <= self._own:
            self._own |= new
            self.layout = self._laid_out()

    def _laid_out(self) -> HeadLayout:
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
    """Whole lines that copies have in common; `head` is how they are found again."""

    raw: bytes
    head: bytes
    relaxed: bytes


@dataclass(frozen=True, slots=True)
class _Learnt:
    """`first` has hashed the first piece already. One value, so that threads see all or nothing."""

    pieces: tuple[_Piece, ...]
    first: hashlib._Hash


class SharedBody:
    """The SHA-256 of relaxed bodies that are much the same."""

    def __init__(self) -> None:
        self._learnt: _Learnt | None = None
        self._known: list[bytes] = []
        self._lessons_left = _LESSONS

    def digest(self, message: bytes, start: int) -> bytes:
        """Of the body that begins at `start` of `message`."""
        learnt = self._learnt
        if learnt is None:
            return self._learn_from(message[start:])
        first = learnt.pieces[0].raw
        if message.startswith(first, start):
            hasher = learnt.first.copy()
            rest = _relaxed_by_pieces(message, start + len(first), learnt.pieces[1:])
        else:
            hasher = hashlib.sha256()
            rest = _relaxed_by_pieces(message, start, learnt.pieces)
        if rest is None:
            return self._learn_from(message[start:])
        for piece in rest:
            hasher.update(piece)
        return hasher.digest()

    def _learn_from(self, body: bytes) -> bytes:
        if self._lessons_left:
            self._lessons_left -= 1
            self._learn(body)
        else:
            self._learnt = None
        return hashlib.sha256(relaxed_body(body)).digest()

    def _learn(self, body: bytes) -> None:
        # The last line stays outside: blank lines at the end are for the whole body to judge.
        lines = body[: body.rfind(b"\r\n", 0, -2) + 2]
        known = _common(self._known, lines)
        self._known = known or [lines]
        if known:
            pieces = tuple(_Piece(raw, raw[:60], relaxed_lines(raw)) for raw in known)
            self._learnt = _Learnt(pieces, hashlib.sha256(pieces[0].relaxed))


def _relaxed_by_pieces(
    message: bytes, position: int, pieces: Iterable[_Piece]
) -> list[bytes] | None:
    """From `position`, a line's start, to the end; None when it is not made of `pieces`."""
    relaxed: list[bytes] = []
    for piece in pieces:
        if not message.startswith(piece.raw, position):
            at = message.find(piece.head, position, position + _FARTHEST)
            begins_a_line = at > 0 and message.startswith(b"\r\n", at - 2)
            if not begins_a_line or not message.startswith(piece.raw, at):
                return None
            relaxed.append(relaxed_lines(message[position:at]))
            position = at
        relaxed.append(piece.relaxed)
        position += len(piece.raw)
    tail = relaxed_body(message[position:])
    relaxed.append(tail)
    return relaxed if tail and len(message) - position < _FARTHEST else None


def _common(known: list[bytes], lines: bytes) -> list[bytes]:
    """The runs of lines of each of `known` that stand in `lines` too, in order."""
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
    return [run for run in found if len(run) >= _LEAST_PIECE]


def _whole_line(lines: bytes, line: bytes, position: int) -> int:
    """Where it stands next, -1 for nowhere near; one that is short may stand anywhere."""
    if len(line) < 20:
        return -1
    at = lines.find(line, position, position + _FARTHEST)
    return at if at <= 0 or lines.startswith(b"\r\n", at - 2) else -1

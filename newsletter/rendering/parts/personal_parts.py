"""Parts of a mail in segments that are encoded once, joined with each reader's values."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, ClassVar

from newsletter.rendering.parts.base64_parts import Base64Part
from newsletter.rendering.parts.personal import Escape, ReaderValues, Slot, click_bytes, reader_of
from newsletter.rendering.parts.quoted_printable import (
    MAX_LINE,
    SOFT_BREAK,
    decode_pieces,
    encode_piece,
)

# The same in HTML, in plain text and in quoted-printable.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _,:/?#@!().~+-]*")
_ESCAPED_IN_HTML = re.compile("[&<>\"']|^$")
_LINE = MAX_LINE - 3


@dataclass(frozen=True)
class PersonalPart:
    """A MIME part in quoted-printable; `slots[i]` goes between `segments[i]` and `[i + 1]`."""

    encoding: ClassVar[str] = "quoted-printable"

    escape: Escape
    segments: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    def fill(self, values: ReaderValues) -> bytes:
        return b"".join(self._alone.pieces(values)[0])

    def filled_text(self, values: ReaderValues) -> str:
        """The part as its reader sees it."""
        return decode_pieces(self.fill(values))

    @cached_property
    def size(self) -> int:
        """Its bytes in the mail before any value but those of links is filled in."""
        return sum(map(len, self.segments)) + click_bytes(self.slots)

    def gaps(self, distinct: list[Slot]) -> _Gaps:
        return _Gaps(self, distinct)

    @cached_property
    def _alone(self) -> Assembly:
        return Assembly([self])

    def to_json(self) -> dict[str, Any]:
        return {
            "escape": self.escape.value,
            "segments": [segment.decode("ascii") for segment in self.segments],
            "slots": [slot.to_json() for slot in self.slots],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PersonalPart:
        return cls(
            escape=Escape(stored["escape"]),
            segments=tuple(segment.encode("ascii") for segment in stored["segments"]),
            slots=tuple(Slot.from_json(slot) for slot in stored["slots"]),
        )


def part_from_json(stored: Mapping[str, Any]) -> PersonalPart | Base64Part:
    """Quoted-printable, unless it says otherwise."""
    is_base64 = stored.get("encoding") == Base64Part.encoding
    return Base64Part.from_json(stored) if is_base64 else PersonalPart.from_json(stored)


class Assembly:
    """The parts of one message. Of a reader each value is read once, and most are encoded once."""

    def __init__(self, parts: Sequence[PersonalPart | Base64Part]) -> None:
        distinct = list(dict.fromkeys(slot for part in parts for slot in part.slots))
        self._readers = [reader_of(slot) for slot in distinct]
        self._parts = [part.gaps(distinct) for part in parts]

    def pieces(self, values: ReaderValues) -> list[list[bytes]]:
        """For each part what it is joined from."""
        read = [reader(values) for reader in self._readers]
        same = [_encoded_plain(value) for value in read]
        return [gaps.filled(read, same) for gaps in self._parts]


@dataclass(frozen=True)
class PersonalLine:
    """One line of text, for a header; `slots[i]` goes between `texts[i]` and `texts[i + 1]`."""

    texts: tuple[str, ...]
    slots: tuple[Slot, ...] = ()

    def fill(self, values: ReaderValues) -> str:
        if not self.slots:
            return self.texts[0]
        filled = [""] * (len(self.texts) + len(self.slots))
        filled[::2] = self.texts
        filled[1::2] = [reader(values) for reader in self._readers]
        return " ".join("".join(filled).split())

    @cached_property
    def _readers(self) -> list[Callable[[ReaderValues], str]]:
        return [reader_of(slot) for slot in self.slots]

    def to_json(self) -> dict[str, Any]:
        return {"texts": list(self.texts), "slots": [slot.to_json() for slot in self.slots]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PersonalLine:
        return cls(tuple(stored["texts"]), tuple(map(Slot.from_json, stored["slots"])))


class _Gaps:
    """A part's segments with room between them, and which value goes where."""

    def __init__(self, part: PersonalPart, distinct: list[Slot]) -> None:
        self._is_html = part.escape is Escape.HTML
        self._template = [b""] * (len(part.segments) + len(part.slots))
        self._template[::2] = part.segments
        places = [distinct.index(slot) for slot in part.slots]
        self._used = sorted(set(places))
        self._pick: Callable[[list[bytes]], Sequence[bytes]] = (
            itemgetter(*places) if len(places) > 1 else lambda all_: [all_[n] for n in places]
        )

    def filled(self, read: list[str], same: list[bytes]) -> list[bytes]:
        encoded = same
        if b"" in same:
            encoded = same.copy()
            for number in self._used:
                if not same[number]:
                    value = read[number]
                    encoded[number] = encode_piece(html.escape(value) if self._is_html else value)
        joined = self._template.copy()
        joined[1::2] = self._pick(encoded)
        return joined


def _encoded_plain(value: str) -> bytes:
    """The piece of `encode_piece` for a value that no part has to escape. b"" for others."""
    if not _PLAIN.fullmatch(value) or value[:5] == "From ":
        return b"" if _ESCAPED_IN_HTML.search(value) else encode_piece(value)
    data = value.encode()
    if len(data) <= _LINE:
        return data + SOFT_BREAK
    second = data[_LINE:]
    if len(second) <= _LINE and second[:1] not in (b".", b"F"):
        return data[:_LINE] + SOFT_BREAK + second + SOFT_BREAK
    return encode_piece(value)

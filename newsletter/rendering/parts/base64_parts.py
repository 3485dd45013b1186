"""Parts of a mail in base64, for scripts of which quoted-printable makes nine bytes a letter.

Base64 has no slots: three bytes become four letters, so what follows a value depends on its length.
Each segment is therefore encoded once for each of the three places where it may begin.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from newsletter.rendering.parts.personal import Escape, ReaderValues, Slot, click_bytes, reader_of


@dataclass(frozen=True)
class Base64Part:
    """A MIME part in base64; `slots[i]` goes between `texts[i]` and `texts[i + 1]`."""

    encoding: ClassVar[str] = "base64"

    escape: Escape
    texts: tuple[str, ...]
    slots: tuple[Slot, ...]

    def fill(self, values: ReaderValues) -> bytes:
        read = [reader_of(slot)(values) for slot in self.slots]
        return b"".join(self.gaps(list(self.slots)).filled(read, []))

    def filled_text(self, values: ReaderValues) -> str:
        """The part as its reader sees it."""
        return base64.b64decode(self.fill(values)).decode().replace("\r\n", "\n")

    @cached_property
    def size(self) -> int:
        """Its bytes in the mail before any value but those of links is filled in."""
        return len(encode_lines(_canonical("".join(self.texts)))) + click_bytes(self.slots)

    def gaps(self, distinct: list[Slot]) -> _Gaps:
        return _Gaps(self, distinct)

    def to_json(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding,
            "escape": self.escape.value,
            "texts": list(self.texts),
            "slots": [slot.to_json() for slot in self.slots],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Base64Part:
        return cls(
            escape=Escape(stored["escape"]),
            texts=tuple(stored["texts"]),
            slots=tuple(map(Slot.from_json, stored["slots"])),
        )


def encode_lines(data: bytes) -> bytes:
    """Lines of at most 76, each with its end; more may follow if the data is of threes."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


class _Gaps:
    """Its segments, each encoded for the three places where it may begin."""

    def __init__(self, part: Base64Part, distinct: list[Slot]) -> None:
        self._is_html = part.escape is Escape.HTML
        self._segments = [_Segment(_canonical(text)) for text in part.texts]
        self._places = [distinct.index(slot) for slot in part.slots]
        self._used = set(self._places)

    def filled(self, read: list[str], same: list[bytes]) -> list[bytes]:
        """`same` is for other encodings."""
        del same
        data = {number: self._data(read[number]) for number in self._used}
        pieces: list[bytes] = []
        left = self._segments[0].add_to(pieces, b"")
        for place, segment in zip(self._places, self._segments[1:], strict=True):
            left = segment.add_to(pieces, left + data[place])
        pieces.append(encode_lines(left))
        return pieces

    def _data(self, value: str) -> bytes:
        return _canonical(html.escape(value) if self._is_html else value)


class _Segment:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._beginnings = [_cut(data, missing) for missing in range(3)]

    def add_to(self, pieces: list[bytes], left: bytes) -> bytes:
        """What stood before and this, as far as it comes in threes; returns what is left."""
        missing = -len(left) % 3
        if len(self._data) < missing:
            return left + self._data
        first, whole, rest = self._beginnings[missing]
        if left:
            pieces.append(encode_lines(left + first))
        pieces.append(whole)
        return rest


def _cut(data: bytes, missing: int) -> tuple[bytes, bytes, bytes]:
    """What fills up the bytes before it to three, whole lines, and what is left."""
    end = len(data) - (len(data) - missing) % 3 if len(data) >= missing else missing
    return data[:missing], encode_lines(data[missing:end]), data[end:]


def _canonical(text: str) -> bytes:
    """Text ends its lines so before it is encoded [RFC 2045, 6.8]."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines.replace("\n", "\r\n").encode()

"""What differs between two readers' copies: slots in a part, and their values made safe.

A token marks a slot from the template to the finished HTML: ASCII letters and digits with a nonce
drawn per rendering, which pass through Markdown, sanitiser, MJML and CSS inliner unharmed.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.quoted_printable import decode_pieces, encode_piece

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class Slot(StrEnum):
    ADDRESS = "ADDRESS"
    NAME = "NAME"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    PREFERENCES = "PREFERENCES"


class Escape(StrEnum):
    """Where the values of a part land, and so what would break out of it."""

    HTML = "html"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class ReaderValues:
    """What is personal in one reader's copy; `attributes` is what the list knows beside."""

    address: str
    name: str
    unsubscribe_url: str
    preferences_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Tokens:
    """The tokens of one rendering."""

    def __init__(self) -> None:
        self.nonce = secrets.token_hex(8)
        self._pattern = re.compile(rf"NLPHx([A-Z]+)x{self.nonce}")

    def of(self, slot: Slot) -> str:
        return f"NLPHx{slot}x{self.nonce}"

    def cut(self, text: str, escape: Escape) -> PersonalPart:
        pieces = self._pattern.split(text)
        return PersonalPart(
            escape=escape,
            segments=tuple(encode_piece(piece) for piece in pieces[::2]),
            slots=tuple(Slot(name) for name in pieces[1::2]),
        )


@dataclass(frozen=True)
class PersonalPart:
    """A MIME part in quoted-printable; `slots[i]` goes between `segments[i]` and `[i + 1]`."""

    escape: Escape
    segments: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    def fill(self, values: ReaderValues) -> bytes:
        encoded = {
            slot: encode_piece(escaped(values, slot, self.escape)) for slot in self._distinct
        }
        joined = [b""] * (len(self.segments) + len(self.slots))
        joined[::2] = self.segments
        joined[1::2] = [encoded[slot] for slot in self.slots]
        return b"".join(joined)

    def filled_text(self, values: ReaderValues) -> str:
        """The part as its reader sees it."""
        return decode_pieces(self.fill(values))

    @cached_property
    def size(self) -> int:
        """Its bytes in the mail before any value is filled in."""
        return sum(map(len, self.segments))

    @cached_property
    def _distinct(self) -> frozenset[Slot]:
        return frozenset(self.slots)

    def to_json(self) -> dict[str, Any]:
        return {
            "escape": self.escape.value,
            "segments": [segment.decode("ascii") for segment in self.segments],
            "slots": [slot.value for slot in self.slots],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PersonalPart:
        return cls(
            escape=Escape(stored["escape"]),
            segments=tuple(segment.encode("ascii") for segment in stored["segments"]),
            slots=tuple(Slot(slot) for slot in stored["slots"]),
        )


def escaped(values: ReaderValues, slot: Slot, escape: Escape) -> str:
    """One value, fit for the place; raises InvalidInput for a URL that is none."""
    raw = _raw(values, slot)
    return html.escape(raw, quote=True) if escape is Escape.HTML else raw


def _raw(values: ReaderValues, slot: Slot) -> str:
    match slot:
        case Slot.ADDRESS:
            return one_line(values.address)
        case Slot.NAME:
            return one_line(values.name)
        case Slot.UNSUBSCRIBE:
            return require_web_url(values.unsubscribe_url, "unsubscribe_url")
        case Slot.PREFERENCES:
            return require_web_url(values.preferences_url, "preferences_url")


def one_line(text: str) -> str:
    """Without line breaks, controls, lone surrogates and what turns the direction of text."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def require_web_url(url: str, name: str) -> str:
    """An absolute ASCII http(s) address without blanks, or InvalidInput naming the field."""
    if not re.fullmatch(r"[!-~]+", url) or urlsplit(url).scheme not in ("http", "https"):
        raise InvalidInput(
            f"“{one_line(url)[:80]}” can't stand as a link in a mail.",
            advice="It has to be a whole http or https address without blanks.",
            field=name,
        )
    return url

"""What differs between two readers' copies: slots in a part, and their values made safe.

A value that is missing gives way to its fallback, one that is hostile to what is harmless of it:
neither costs its reader the copy.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.quoted_printable import SOFT_BREAK, decode_pieces, encode_piece

LONGEST_VALUE = 300
LONGEST_LINK = 2000

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_SAFE_LINK = re.compile(
    r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:[/?#].*)?"
)
_UNSAFE_IN_LINK = re.compile(r"[\s\"'<>\\^`{|}]")
_WEB_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9_.:/~-]+")
# The same in HTML, in plain text and in quoted-printable, wherever it stands on a line.
_PLAIN = re.compile(
    r"(?!From )[A-Za-z0-9_,:/?#@!()+-](?:[A-Za-z0-9 _,:/?#@!().+-]*[A-Za-z0-9_,:/?#@!().+-])?"
)
_PLAIN_MOST = 73


class Source(StrEnum):
    ADDRESS = "ADDRESS"
    NAME = "NAME"
    ATTRIBUTE = "ATTRIBUTE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    PREFERENCES = "PREFERENCES"


class Place(StrEnum):
    """Where the value lands within its part."""

    TEXT = "text"
    LINK = "link"
    """It is the whole target of a link."""
    IN_LINK = "in link"
    """It is a piece of one, percent-encoded."""


class Escape(StrEnum):
    """What would break out of the part."""

    HTML = "html"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Slot:
    """`key` names the attribute; `fallback` is what readers see of whom nothing is known."""

    source: Source
    key: str = ""
    fallback: str = ""
    place: Place = Place.TEXT

    def to_json(self) -> list[str]:
        return [self.source.value, self.key, self.fallback, self.place.value]

    @classmethod
    def from_json(cls, stored: str | list[str]) -> Slot:
        """A name alone in editions that were frozen when there were no attributes."""
        if isinstance(stored, str):
            return cls(Source(stored))
        source, key, fallback, place = stored
        return cls(Source(source), key, fallback, Place(place))


@dataclass(frozen=True, slots=True)
class ReaderValues:
    """What is personal in one reader's copy; `attributes` is what the list knows beside."""

    address: str
    name: str
    unsubscribe_url: str
    preferences_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


NOBODY = ReaderValues("", "", "", "")
"""Of whom nothing is known: the public copy is for them."""


@dataclass(frozen=True)
class PersonalPart:
    """A MIME part in quoted-printable; `slots[i]` goes between `segments[i]` and `[i + 1]`."""

    escape: Escape
    segments: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    def fill(self, values: ReaderValues) -> bytes:
        """Each different slot is encoded once, however often it stands in the part."""
        distinct, pick, template = self._prepared
        if not distinct:
            return self.segments[0]
        encoded = [encoded_value(values, slot, self.escape) for slot in distinct]
        joined = template.copy()
        joined[1::2] = pick(encoded)
        return b"".join(joined)

    def filled_text(self, values: ReaderValues) -> str:
        """The part as its reader sees it."""
        return decode_pieces(self.fill(values))

    @cached_property
    def size(self) -> int:
        """Its bytes in the mail before any value is filled in."""
        return sum(map(len, self.segments))

    @cached_property
    def _prepared(self) -> tuple[list[Slot], Any, list[bytes]]:
        distinct = list(dict.fromkeys(self.slots))
        order = [distinct.index(slot) for slot in self.slots]
        # With one index alone, itemgetter gives a value in place of a tuple of one.
        pick = itemgetter(*order) if len(order) > 1 else tuple
        template = [b""] * (len(self.segments) + len(self.slots))
        template[::2] = self.segments
        return distinct, pick, template

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


@dataclass(frozen=True)
class PersonalLine:
    """One line of text, for a header; `slots[i]` goes between `texts[i]` and `texts[i + 1]`."""

    texts: tuple[str, ...]
    slots: tuple[Slot, ...] = ()

    def fill(self, values: ReaderValues) -> str:
        if not self.slots:
            return self.texts[0]
        filled = [filled_in(values, slot, Escape.PLAIN) for slot in self.slots]
        pieces = [piece for pair in zip(self.texts, filled, strict=False) for piece in pair]
        return " ".join("".join([*pieces, self.texts[-1]]).split())

    def to_json(self) -> dict[str, Any]:
        return {"texts": list(self.texts), "slots": [slot.to_json() for slot in self.slots]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PersonalLine:
        return cls(tuple(stored["texts"]), tuple(map(Slot.from_json, stored["slots"])))


def encoded_value(values: ReaderValues, slot: Slot, escape: Escape) -> bytes:
    """One value as it stands in a part. Raises InvalidInput for a link of ours that is none."""
    value = _value(values, slot)
    if len(value) <= _PLAIN_MOST and _PLAIN.fullmatch(value) and "  " not in value:
        return value.encode() + SOFT_BREAK
    return encode_piece(_escaped(value, escape))


def filled_in(values: ReaderValues, slot: Slot, escape: Escape) -> str:
    """The same as text, not yet encoded for a mail."""
    return _escaped(_value(values, slot), escape)


def is_safe_link(url: str) -> bool:
    """A whole https address of a host, without a user name before it."""
    return (
        len(url) <= LONGEST_LINK
        and url.isascii()
        and bool(_SAFE_LINK.fullmatch(url))
        and not _UNSAFE_IN_LINK.search(url)
    )


def shown_value(known: str) -> str:
    """What is fit to be seen of a value that anyone may have typed: one line, not a megabyte."""
    if known.isalnum() and len(known) <= LONGEST_VALUE and known.isascii():
        return known
    return one_line(known[: LONGEST_VALUE * 4])[:LONGEST_VALUE].rstrip()


def one_line(text: str) -> str:
    """Without line breaks, controls, lone surrogates and what turns the direction of text."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def require_web_url(url: str, name: str) -> str:
    """An absolute ASCII http(s) address without blanks, or InvalidInput naming the field."""
    if not _WEB_URL.fullmatch(url):
        raise InvalidInput(
            f"“{one_line(url)[:80]}” can't stand as a link in a mail.",
            advice="It has to be a whole http or https address without blanks.",
            field=name,
        )
    return url


def _value(values: ReaderValues, slot: Slot) -> str:
    match slot.source:
        case Source.UNSUBSCRIBE:
            return require_web_url(values.unsubscribe_url, "unsubscribe_url")
        case Source.PREFERENCES:
            return require_web_url(values.preferences_url, "preferences_url")
        case Source.ADDRESS:
            known = values.address
        case Source.NAME:
            known = values.name
        case Source.ATTRIBUTE:
            known = _attribute(values.attributes.get(slot.key))
    if slot.place is Place.TEXT:
        return shown_value(known) or slot.fallback
    if slot.place is Place.LINK:
        link = known.strip()
        return link if is_safe_link(link) else slot.fallback
    return quote(shown_value(known) or slot.fallback, safe="")


def _attribute(known: Any) -> str:
    """Of what is neither text nor number there is nothing to show."""
    if isinstance(known, str):
        return known
    if isinstance(known, (int, float)) and not isinstance(known, bool):
        return str(known)
    return ""


def _escaped(value: str, escape: Escape) -> str:
    return html.escape(value, quote=True) if escape is Escape.HTML else value

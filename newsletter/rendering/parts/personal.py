"""What differs between two readers' copies: slots in a part, and their values made safe.

A value that is missing gives way to its fallback, one that is hostile to what is harmless of it:
neither costs its reader the copy.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from newsletter.domain.errors import InvalidInput

LONGEST_VALUE = 300
LONGEST_LINK = 2000
CLICK_BYTES = 24

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_SAFE_LINK = re.compile(
    r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:[/?#].*)?"
)
_UNSAFE_IN_LINK = re.compile(r"[\s\"'<>\\^`{|}]")


class Source(StrEnum):
    ADDRESS = "ADDRESS"
    NAME = "NAME"
    ATTRIBUTE = "ATTRIBUTE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    PREFERENCES = "PREFERENCES"
    CLICKS = "CLICKS"
    """The token in the links of one reader's copy, where clicks are counted by reader."""


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
    """`key` names the attribute. `fallback` is shown if the value is unknown."""

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


# Not frozen: one is made for each copy, and a frozen one takes four times as long.
@dataclass(slots=True)
class ReaderValues:
    """What is personal in one reader's copy; `attributes` is what the list knows beside."""

    address: str
    name: str
    unsubscribe_url: str
    preferences_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    click_token: str = ""


NOBODY = ReaderValues("", "", "", "")
"""A reader with no known values, for the public copy."""


def filled_in(values: ReaderValues, slot: Slot, escape: Escape) -> str:
    """One value as text, not yet encoded for a mail."""
    value = reader_of(slot)(values)
    return html.escape(value, quote=True) if escape is Escape.HTML else value


def click_bytes(slots: Iterable[Slot]) -> int:
    """What the tokens in the links of a copy take in a mail, with a soft line break each."""
    return CLICK_BYTES * sum(1 for slot in slots if slot.source is Source.CLICKS)


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
    is_one_line = known.isprintable() and "  " not in known and known.strip(" ") == known
    if is_one_line and len(known) <= LONGEST_VALUE:  # as nearly all are
        return known
    return one_line(known[: LONGEST_VALUE * 4])[:LONGEST_VALUE].rstrip()


def one_line(text: str) -> str:
    """Without line breaks, controls, lone surrogates and what turns the direction of text."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def require_web_url(url: str, name: str) -> str:
    """An absolute ASCII http(s) address without blanks, or InvalidInput naming the field."""
    is_whole = url[:8].lower().startswith(("https://", "http://"))
    if not (is_whole and url.isascii() and url.isprintable() and " " not in url):
        raise InvalidInput(
            f"“{one_line(url)[:80]}” can't be used as a link in an email.",
            advice="Use a full http or https address without spaces.",
            field=name,
        )
    return url


def reader_of(slot: Slot) -> Callable[[ReaderValues], str]:
    """What reads the slot's value, made safe for its place but not yet escaped for its part.

    Raises InvalidInput for an invalid link of ours. Values from subscribers never raise.
    """
    if slot.source is Source.UNSUBSCRIBE:
        return lambda values: require_web_url(values.unsubscribe_url, "unsubscribe_url")
    if slot.source is Source.PREFERENCES:
        return lambda values: require_web_url(values.preferences_url, "preferences_url")
    if slot.source is Source.CLICKS:
        return attrgetter("click_token")
    known, fallback = _known(slot), slot.fallback
    if slot.place is Place.TEXT:
        return lambda values: shown_value(known(values)) or fallback
    if slot.place is Place.IN_LINK:
        return lambda values: quote(shown_value(known(values)) or fallback, safe="")
    return lambda values: link if is_safe_link(link := known(values).strip()) else fallback


def _known(slot: Slot) -> Callable[[ReaderValues], str]:
    if slot.source is Source.ATTRIBUTE:
        key = slot.key
        return lambda values: _attribute(values.attributes.get(key))
    return attrgetter("address" if slot.source is Source.ADDRESS else "name")


def _attribute(known: Any) -> str:
    """Returns "" for anything but text and numbers."""
    if isinstance(known, str):
        return known
    if isinstance(known, (int, float)) and not isinstance(known, bool):
        return str(known)
    return ""

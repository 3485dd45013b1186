"""One row of a list of subscribers, and what its cells may hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from newsletter.domain.errors import InvalidInput
from newsletter.domain.problems import has_control_characters
from newsletter.domain.readers.address_spellings import Tidying
from newsletter.domain.readers.listed_as import ListedAs

EXPORT_COLUMNS = ("address", "name", "attributes", "tags", "state", "created_at")
LONGEST_NAME = 200
LONGEST_TAG = 60
MOST_TAGS = 50
LONGEST_ATTRIBUTES = 10_000
DEEPEST_ATTRIBUTES = 20
"""Lists in lists in lists. A thousand of them can be written, but not read everywhere."""


class Row(NamedTuple):
    """A row that can be imported, as far as the row alone shows.

    `given` is the address as it was written, if it was cleaned.
    """

    line: int
    address: str
    key: str
    name: str
    attributes: dict[str, Any]
    tags: list[str]
    listed_as: ListedAs
    consent_at: datetime | None = None
    client_address: str | None = None
    left_at: datetime | None = None
    tidyings: tuple[Tidying, ...] = ()
    given: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`reason` completes “left out, since …”."""

    line: int
    address: str
    reason: str


def clean_name(text: str) -> str:
    """One line of text. Raises InvalidInput."""
    name = " ".join(text.split())
    if has_control_characters(name):
        raise InvalidInput("the name contains control characters", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"the name is longer than {LONGEST_NAME} characters", field="name")
    return _storable(name, "name")


def clean_tags(text: str) -> list[str]:
    """Tags with semicolons between them, each once. Raises InvalidInput."""
    return clean_tag_list(text.split(";")) if text else []


def clean_tag_list(pieces: Iterable[str]) -> list[str]:
    """Each once, whatever its case. Raises InvalidInput."""
    tags: dict[str, str] = {}
    for piece in pieces:
        tag = " ".join(piece.split())
        if has_control_characters(tag):
            raise InvalidInput("a tag contains control characters", field="tags")
        if len(tag) > LONGEST_TAG:
            raise InvalidInput(f"a tag is longer than {LONGEST_TAG} characters", field="tags")
        if tag:
            tags.setdefault(_storable(tag, "tags").casefold(), tag)
    if len(tags) > MOST_TAGS:
        raise InvalidInput(f"there are more than {MOST_TAGS} tags", field="tags")
    return list(tags.values())


def clean_attributes(text: str) -> dict[str, Any]:
    """A JSON object that every database can hold. Raises InvalidInput."""
    if not text.strip():
        return {}
    if len(text) > LONGEST_ATTRIBUTES:
        raise InvalidInput(
            f"the attributes are longer than {LONGEST_ATTRIBUTES:,} characters", field="attributes"
        )
    try:
        value = json.loads(text)
        # Numbers beyond all bounds and lone surrogates are read, but can't be kept.
        kept = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "the attributes are not valid JSON",
            advice='Write JSON such as {"city": "Oslo"}.',
            field="attributes",
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput(
            "the attributes are not a JSON object",
            advice='Write JSON such as {"city": "Oslo"}.',
            field="attributes",
        )
    if b"\\u0000" in kept:
        raise InvalidInput("the attributes contain a null character", field="attributes")
    if _is_deeper(value, DEEPEST_ATTRIBUTES):
        raise InvalidInput(
            f"the attributes are nested more than {DEEPEST_ATTRIBUTES} deep", field="attributes"
        )
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def values_of_columns(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The attributes that columns of their own are; empty cells are none. Raises InvalidInput."""
    values = {heading: text.replace("\x00", "") for heading, text in pairs if text}
    if sum(map(len, values.values())) > LONGEST_ATTRIBUTES:
        raise InvalidInput(
            f"its other columns hold more than {LONGEST_ATTRIBUTES:,} characters",
            field="attributes",
        )
    return values


def merged_tags(old: list[str], new: list[str]) -> list[str]:
    """The old ones, then those that are new but for their case."""
    known = {tag.casefold() for tag in old}
    return [*old, *(tag for tag in new if tag.casefold() not in known)]


def _storable(text: str, field: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the {field} contains invalid characters", field=field) from error
    return text

"""The simple form of a list of subscribers: its columns, and whether a row can be taken in."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TextIO

from newsletter.domain.addresses import MAX_ADDRESS_LENGTH, address_key, parse_address
from newsletter.domain.consent import SubscriptionState
from newsletter.domain.csv_records import DELIMITERS, Broken, Record, read_records, unguard
from newsletter.domain.errors import InvalidInput
from newsletter.domain.problems import has_control_characters

EXPORT_COLUMNS = ("address", "name", "attributes", "tags", "state", "created_at")
LONGEST_NAME = 200
LONGEST_TAG = 60
MOST_TAGS = 50
LONGEST_ATTRIBUTES = 10_000

_NAMES = {
    "address": ("address", "email", "email address", "e mail", "e mail address"),
    "name": ("name", "full name"),
    "attributes": ("attributes",),
    "tags": ("tags",),
    "state": ("state",),
    "consent_at": ("consent at", "consented at"),
}
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_WITH_NAME = re.compile(r"(.*)<([^<>]*)>\s*")
_CLOCKS_MAY_DIFFER_BY = timedelta(days=1)
_TAKEN_STATES = {
    "": SubscriptionState.ACTIVE,
    "active": SubscriptionState.ACTIVE,
    "paused": SubscriptionState.PAUSED,
}


class Row(NamedTuple):
    """A row that can be taken in, as far as it tells by itself."""

    line: int
    address: str
    key: str
    name: str
    attributes: dict[str, Any]
    tags: list[str]
    state: SubscriptionState
    consent_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`reason` completes “left out, since …”."""

    line: int
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of rows whose first line is understood. `unused` are columns that we do not know."""

    columns: Mapping[str, int]
    width: int
    unused: tuple[str, ...]
    records: Iterator[Record | Broken]

    def cells_beyond(self, record: Record | Broken) -> bool:
        return isinstance(record, Record) and any(c.strip() for c in record.cells[self.width :])


def open_sheet(text: TextIO) -> Sheet:
    """Reads the line that names the columns. Raises InvalidInput when there is none."""
    line, lines_before = _first_line(text)
    delimiter, cells = _split_header(line)
    names = [_normal(cell) for cell in cells]
    columns: dict[str, int] = {}
    for column, known in _NAMES.items():
        found = [place for place, name in enumerate(names) if name in known]
        if found:
            columns[column] = found[0]
    used = set(columns.values())
    return Sheet(
        columns=columns,
        width=len(cells),
        unused=tuple(c.strip() for n, c in enumerate(cells) if n not in used and c.strip()),
        records=read_records(text, delimiter, lines_before),
    )


def judge_row(sheet: Sheet, record: Record | Broken, now: datetime) -> Row | LeftOut:
    if isinstance(record, Broken):
        return LeftOut(record.line, record.text, record.reason)
    cells = {
        column: unguard(record.cells[place].strip()) if place < len(record.cells) else ""
        for column, place in sheet.columns.items()
    }
    try:
        return _row(record.line, cells, now)
    except InvalidInput as error:
        return LeftOut(record.line, cells["address"][:MAX_ADDRESS_LENGTH], error.message)


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
    if not text:
        return []
    tags: dict[str, str] = {}
    for piece in text.split(";"):
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
            advice='They look like {"city": "Oslo"}.',
            field="attributes",
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput(
            "the attributes are not a JSON object",
            advice='They look like {"city": "Oslo"}.',
            field="attributes",
        )
    if b"\\u0000" in kept:
        raise InvalidInput("the attributes contain a null character", field="attributes")
    return value


def merged_tags(old: list[str], new: list[str]) -> list[str]:
    """The old ones, then those that are new but for their case."""
    known = {tag.casefold() for tag in old}
    return [*old, *(tag for tag in new if tag.casefold() not in known)]


def _row(line: int, cells: Mapping[str, str], now: datetime) -> Row:
    given, name_beside = _address_and_name(cells["address"])
    address = _address(given)
    return Row(
        line=line,
        address=address,
        key=address_key(address),
        name=clean_name(cells.get("name") or name_beside),
        attributes=clean_attributes(cells.get("attributes", "")),
        tags=clean_tags(cells.get("tags", "")),
        state=_state(cells.get("state", "")),
        consent_at=_consent_at(cells.get("consent_at", ""), now),
    )


def _address_and_name(cell: str) -> tuple[str, str]:
    """`Ada <ada@example.org>` and `<ada@example.org>` are addresses as well."""
    if not cell.endswith(">"):
        return cell, ""
    found = _WITH_NAME.fullmatch(cell)
    return (found[2].strip(), found[1].strip().strip('"')) if found else (cell, "")


def _address(given: str) -> str:
    if not given:
        raise InvalidInput("there is no address")
    local, _, domain = given.rpartition("@")
    if len(local) <= 64 and len(given) <= MAX_ADDRESS_LENGTH and _PLAIN_LOCAL_PART.fullmatch(local):
        known = _domain(domain)
        if known:
            return f"{local}@{known}"
    try:
        return parse_address(given)
    except InvalidInput as error:
        shown = " ".join(given.split())[:80]
        advice = " ".join(error.advice.split())
        raise InvalidInput(f"“{shown}” is not an email address. {advice}".strip()) from error


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """Most rows share a few domains; "" for one that is none, or too unusual for the short way."""
    try:
        return parse_address(f"a@{domain}").rpartition("@")[2]
    except InvalidInput:
        return ""


def _state(text: str) -> SubscriptionState:
    state = _TAKEN_STATES.get(text.casefold())
    if state is None:
        raise InvalidInput(f"the file itself says “{text[:40]}” of this reader")
    return state


def _consent_at(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"the time of consent, “{text[:40]}”, is not a date like 2026-03-31 or 2026-03-31 09:15"
        ) from error
    if moment > now + _CLOCKS_MAY_DIFFER_BY:
        raise InvalidInput(f"the time of consent, {moment:%Y-%m-%d}, is in the future")
    return min(moment, now)


def _storable(text: str, field: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the {field} has characters that are no text", field=field) from error
    return text


def _first_line(text: TextIO) -> tuple[str, int]:
    """The first line that says something, and how many lines have been read with it."""
    number = 0
    while line := text.readline(100_000):
        number += 1
        line = line.lstrip("\ufeff")
        if line.strip() and not re.fullmatch(r"sep=.\s*", line):
            return line, number
    raise InvalidInput(
        "The file is empty.", advice="Its first line names the columns.", field="file"
    )


def _split_header(line: str) -> tuple[str, list[str]]:
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            continue
        if any(_normal(cell) in _NAMES["address"] for cell in cells):
            return delimiter, cells
    shown = " ".join(line.split())[:120]
    if "@" in line:
        raise InvalidInput(
            f"The first line names no columns, it is data already: “{shown}”.",
            advice="Put a line above it: address,name – as far as there are such columns.",
            field="file",
        )
    raise InvalidInput(
        f"No column is named address or email; the first line is “{shown}”.",
        advice="Name the column that holds the addresses: address.",
        field="file",
    )


def _normal(header: str) -> str:
    return " ".join(
        header.strip().strip('"').casefold().replace("_", " ").replace("-", " ").split()
    )

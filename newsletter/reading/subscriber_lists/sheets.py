"""A list of subscribers in CSV: which columns it has, and whether a row can be taken in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TextIO

from newsletter.domain.addresses import MAX_ADDRESS_LENGTH, address_key, parse_address
from newsletter.domain.consent import SubscriptionState
from newsletter.domain.errors import InvalidInput
from newsletter.domain.subscriber_rows import LeftOut, Row, clean_attributes, clean_name, clean_tags
from newsletter.reading.subscriber_lists.csv_records import (
    DELIMITERS,
    Broken,
    Record,
    read_records,
    unguard,
)

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

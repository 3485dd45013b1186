"""The rows of a list, one by one: what each says of a reader, or why it is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.address_spellings import Tidying, tidy_address
from newsletter.domain.readers.addresses import MAX_ADDRESS_LENGTH, address_key, parse_address
from newsletter.domain.readers.listed_as import ListedAs, gravest
from newsletter.domain.readers.subscriber_rows import (
    LeftOut,
    Row,
    clean_attributes,
    clean_name,
    clean_tag_list,
    values_of_columns,
)
from newsletter.domain.said_times import said_day
from newsletter.reading.subscriber_lists.cells import client_address, joined_name, split_tags
from newsletter.reading.subscriber_lists.columns import Column
from newsletter.reading.subscriber_lists.csv_records import Broken, Record, unguard
from newsletter.reading.subscriber_lists.fields import (
    CONSENT_AT_NAMES,
    CONSENT_BY_READER,
    CONSENT_IP_NAMES,
    LAST_NAMES,
    Field,
)
from newsletter.reading.subscriber_lists.moments import looks_like_a_date, read_moment
from newsletter.reading.subscriber_lists.sheets import Sheet
from newsletter.reading.subscriber_lists.state_cells import NOTHING_SAID, Said, StateReader

_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_DAY = timedelta(days=1)
_CLOCKS_MAY_DIFFER_BY = _DAY
_LONGEST_SHOWN = 40


class _Address(NamedTuple):
    address: str
    name_beside: str = ""
    tidyings: tuple[Tidying, ...] = ()


class _Details(NamedTuple):
    name: str = ""
    attributes: dict[str, Any] = {}  # noqa: RUF012  never changed
    tags: list[str] = []  # noqa: RUF012
    consent_at: datetime | None = None
    client_address: str | None = None


class RowReader:
    """Judges the records of `sheet`, which has no open problem."""

    def __init__(self, sheet: Sheet, now: datetime) -> None:
        columns = sheet.columns
        self._now = now
        self._listed_as = sheet.listed_as
        self._at_least = sheet.listed_as if sheet.is_for_all else ListedAs.ACTIVE
        self._email = next(c.place for c in columns if c.field is Field.EMAIL)
        self._names = _places(columns, Field.NAME, LAST_NAMES)
        self._tags = _places(columns, Field.TAGS)
        self._objects = _places(columns, Field.ATTRIBUTES)
        self._consent_at = _places(columns, Field.CONSENT_AT, CONSENT_AT_NAMES)
        self._consent_ip = _places(columns, Field.CONSENT_IP, CONSENT_IP_NAMES)
        self._agreed_at = [p for p in self._consent_at if columns[p].words in CONSENT_BY_READER]
        self._states = [(c.place, c.words, c.name, c.rule) for c in columns if c.rule]
        service = sheet.service
        kept = service.kept if service else frozenset()
        self._values = [
            (c.place, c.name)
            for c in columns
            if c.field is Field.ATTRIBUTE or c.words in kept or (c.rule and c.rule.says_why)
        ]
        # Where everyone is said to be something, nothing more has to be asked.
        self._yes_no = (
            []
            if sheet.choices.everyone
            else [
                (place, words, name)
                for place, words, name, rule in self._states
                if rule.asks_nothing
            ]
        )
        self._only_semicolons = bool(service and service.tags_have_semicolons)
        self._dates = sheet.dates
        self._state_reader = StateReader(
            sheet.choices.meanings,
            service.meanings if service else {},
            sheet.dates,
        )
        self._has_details = bool(
            self._tags or self._objects or self._consent_at or self._consent_ip or self._values
        )

    def judge(self, record: Record | Broken) -> Row | LeftOut:
        if isinstance(record, Broken):
            return LeftOut(record.line, record.text, record.reason)
        cells = record.cells
        # Not just strip: other blanks than these are taken off, and said.
        given = unguard(cells[self._email].strip(" \t\r\n")) if self._email < len(cells) else ""
        try:
            return self._row(record.line, cells, given)
        except InvalidInput as error:
            return LeftOut(record.line, given[:MAX_ADDRESS_LENGTH], error.message)

    def unclear_values(self, record: Record) -> list[tuple[str, str]]:
        """Cells that should say a state and are not understood, each with its column."""
        return [
            (name, value)
            for place, words, name, rule in self._states
            for value in self._state_reader.unclear(words, rule, _cell(record.cells, place))
        ]

    def yes_no_cells(self, record: Record) -> list[tuple[str, str]]:
        """Of columns in which an empty cell could be a no, and nobody has said whether it is."""
        return [
            (name, _cell(record.cells, place))
            for place, words, name in self._yes_no
            if not self._state_reader.has_answer(words, "")
        ]

    def _row(self, line: int, cells: list[str], given: str) -> Row:
        found = _address(given)
        said = self._said(cells) if self._states else NOTHING_SAID
        listed_as = said.listed_as or self._listed_as
        if self._at_least is not ListedAs.ACTIVE:
            listed_as = gravest([listed_as, self._at_least]) or listed_as
        if listed_as is ListedAs.LEFT_OUT:
            raise InvalidInput("you chose to leave out rows like this one")
        details = self._details(cells, found.name_beside, lenient=listed_as.is_gone)
        return Row(
            line,
            found.address,
            address_key(found.address),
            details.name,
            details.attributes,
            details.tags,
            listed_as,
            details.consent_at,
            details.client_address,
            said.at if listed_as.is_gone else None,
            found.tidyings,
            given if found.tidyings else "",
        )

    def _said(self, cells: Sequence[str]) -> Said:
        """The gravest of what the columns say, and since when.

        A time of unsubscribing does not count where they agreed again later. Records of lists that
        were moved are younger than what they say, so only what the reader did counts, and another
        day, because some times are days.
        """
        agreed_at = read_moment(_first(cells, self._agreed_at), self._dates)
        said = [
            one
            for place, words, _, rule in self._states
            if (one := self._state_reader.read(words, rule, _cell(cells, place)))
            if not (agreed_at and _came_back(one, agreed_at))
        ]
        listed_as = gravest(one.listed_as for one in said if one.listed_as)
        times = [one.at for one in said if one.at and one.listed_as is listed_as]
        return Said(listed_as, min(times, default=None))

    def _details(self, cells: Sequence[str], name_beside: str, *, lenient: bool) -> _Details:
        """A person who is gone is kept as such, whatever is wrong with the rest of the row."""
        name = ""
        try:
            name = clean_name(self._name(cells) or name_beside)
            return self._all_details(cells, name) if self._has_details else _Details(name)
        except InvalidInput:
            if lenient:
                return _Details(name)
            raise

    def _name(self, cells: Sequence[str]) -> str:
        if len(self._names) == 1:
            return _cell(cells, self._names[0])
        return joined_name([_cell(cells, place) for place in self._names])

    def _all_details(self, cells: Sequence[str], name: str) -> _Details:
        values = values_of_columns((name, _cell(cells, place)) for place, name in self._values)
        attributes: dict[str, Any] = dict(values)
        for place in self._objects:
            attributes |= clean_attributes(_cell(cells, place))
        tags = [
            tag
            for place in self._tags
            for tag in split_tags(_cell(cells, place), only_semicolons=self._only_semicolons)
        ]
        return _Details(
            name,
            attributes,
            clean_tag_list(tags) if tags else [],
            self._consented_at(_first(cells, self._consent_at)),
            client_address(_first(cells, self._consent_ip)),
        )

    def _consented_at(self, text: str) -> datetime | None:
        if not text or text.startswith("0000"):
            return None
        moment = read_moment(text, self._dates)
        if moment is None:
            like = "2026-03-31 or 2026-03-31 09:15"
            if looks_like_a_date(text):
                like = "2026-03-31; say which comes first, the day or the month"
            raise InvalidInput(
                f"the time of consent, “{text[:_LONGEST_SHOWN]}”, is not a date like {like}"
            )
        if moment > self._now + _CLOCKS_MAY_DIFFER_BY:
            raise InvalidInput(f"the time of consent, {said_day(moment)}, is in the future")
        return min(moment, self._now)


def _came_back(said: Said, agreed_at: datetime) -> bool:
    has_left = said.listed_as is ListedAs.UNSUBSCRIBED
    return has_left and said.at is not None and said.at + _DAY < agreed_at


def _cell(cells: Sequence[str], place: int) -> str:
    return unguard(cells[place].strip()) if place < len(cells) else ""


def _first(cells: Sequence[str], places: Sequence[int]) -> str:
    """The first that says something."""
    return next(filter(None, (_cell(cells, place) for place in places)), "")


def _places(columns: Sequence[Column], field: Field, names: Sequence[str] = ()) -> list[int]:
    """Those with one of the `names` come last, in their order."""
    found = [column for column in columns if column.field is field]
    ranks = {name: rank for rank, name in enumerate(names)}
    return [column.place for column in sorted(found, key=lambda one: ranks.get(one.words, -1))]


def _address(given: str) -> _Address:
    """Most addresses need no tidying, and share a few domains."""
    local, _, domain = given.rpartition("@")
    if len(local) <= 64 and len(given) <= MAX_ADDRESS_LENGTH and _PLAIN_LOCAL_PART.fullmatch(local):
        known = _domain(domain)
        if known:
            return _Address(f"{local}@{known}")
    address, name, tidyings = tidy_address(given)
    if not address:
        raise InvalidInput("there is no address")
    try:
        return _Address(parse_address(address), name, tidyings)
    except InvalidInput as error:
        shown = " ".join(address.split())[:80]
        advice = " ".join(error.advice.split())
        raise InvalidInput(f"“{shown}” is not an email address. {advice}".strip()) from error


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """Nothing for what is no domain, or too unusual for the short way."""
    try:
        return parse_address(f"a@{domain}").rpartition("@")[2]
    except InvalidInput:
        return ""

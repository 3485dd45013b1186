"""A list of subscribers in CSV: which columns it has, and whether a row can be taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.reading.subscriber_lists.choices import ListChoices, ListQuestion
from newsletter.reading.subscriber_lists.columns import Column, is_address, match_columns
from newsletter.reading.subscriber_lists.csv_records import (
    Broken,
    Dialect,
    Record,
    read_lines,
    read_records,
)
from newsletter.reading.subscriber_lists.encodings import ListText, open_text
from newsletter.reading.subscriber_lists.fields import EMAIL_NAMES, Field, heading_words
from newsletter.reading.subscriber_lists.moments import DateOrder, order_of
from newsletter.reading.subscriber_lists.services import Service, service_of
from newsletter.reading.subscriber_lists.state_columns import looks_like_a_list_of_the_gone

DELIMITERS = ",;\t|"
_LINES_LOOKED_AT = 100
_ROWS_LOOKED_AT = 200
_MOST_LINES_ABOVE_HEADINGS = 10
MOST_COLUMNS = 500
_SEPARATOR = re.compile(r"sep=(.)\s*")
_NAMED_AS_GONE = re.compile(
    r"unsub|non[-_ ]?subscribed|cleaned|bounce|complain|suppress|bloc?k[-_ ]?list|black[-_ ]?list"
    r"|opt(ed)?[-_ ]?out|archived|deleted|removed|unconfirmed|inactive|invalid|undeliver|spam"
    r"|cancell?ed|former|exclu|blocked|do[-_ ]?not|dnc|abgemeldet|gesperrt|sperrliste|ehemalig"
    r"|inaktiv|desabonn|désabonn|desinscri|désinscri|bajas|disiscri|descadastr|uitgeschreven|afgemeld"
    r"|отпис|解除|退会|停止|退订"
)
NO_CHOICES = ListChoices()


class UnclearColumns(ListQuestion):
    """Only the editor can say which column has the addresses."""


class UnclearStates(ListQuestion):
    """Only the editor can say who of these is still subscribed.

    `values` are what is not understood: column, value, how many rows. It is empty when it is the
    file as a whole.
    """

    def __init__(
        self, message: str, *, advice: str, values: Sequence[tuple[str, str, int]] = ()
    ) -> None:
        super().__init__(message, advice=advice, field="status")
        self.values = tuple(values)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of rows whose first line is understood.

    `problem` is what has to be answered before its rows can be judged; `listed_as` is what they
    are where no column says more, and if it `is_for_all`, where none says worse.
    """

    columns: tuple[Column, ...]
    records: Iterator[Record | Broken]
    service: Service | None
    listed_as: ListedAs
    choices: ListChoices
    problem: InvalidInput | None
    is_for_all: bool = False
    dates: DateOrder | None = None
    """Of its 03/04/2026."""

    @property
    def unused(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.field is Field.IGNORE and c.heading)

    @property
    def state_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.rule)

    def cells_beyond(self, record: Record | Broken) -> bool:
        width = len(self.columns)
        if isinstance(record, Broken) or len(record.cells) <= width:
            return False
        return any(map(str.strip, record.cells[width:]))


def open_sheet(text: ListText, choices: ListChoices = NO_CHOICES, file_name: str = "") -> Sheet:
    """Reads the line that names the columns, and the first rows.

    Raises InvalidInput when there is no such line, or no column could hold addresses.
    """
    lines = read_lines(text)
    head, lines_before, dialect = _look_at_head(lines, has_backslashes=text.has_backslash_quotes)
    records = read_records(chain(head, lines), dialect, lines_before)
    headings, first = _headings(records)
    sample = [*first, *islice(records, _ROWS_LOOKED_AT)]
    rows = [record.cells for record in sample if isinstance(record, Record)]
    service = service_of(list(map(heading_words, headings)))
    columns = match_columns(
        headings,
        rows,
        choices,
        service=service,
        names_the_gone=text.names_the_gone and not (service and service.listed_as),
    )
    return Sheet(
        columns=columns,
        records=chain(sample, records),
        service=service,
        listed_as=choices.everyone or (service and service.listed_as) or ListedAs.ACTIVE,
        is_for_all=not choices.everyone and service is not None and service.listed_as is not None,
        choices=choices,
        problem=_problem(columns, service, choices, file_name),
        dates=choices.dates or order_of(cell for cells in rows for cell in cells),
    )


@contextmanager
def opened_sheet(
    file: BinaryIO, choices: ListChoices = NO_CHOICES, file_name: str = ""
) -> Iterator[Sheet]:
    """From the beginning of `file`, which stays open. Raises what open_text and open_sheet do."""
    text = open_text(file, choices.encoding)
    try:
        yield open_sheet(text, choices, file_name)
    finally:
        text.detach()


def _look_at_head(lines: Iterator[str], *, has_backslashes: bool) -> tuple[list[str], int, Dialect]:
    """The first lines, how many came before them, and how they are written."""
    head: list[str] = []
    lines_before = 0
    for line in lines:
        text = line.lstrip("\ufeff") if not lines_before else line
        if head or text.strip():
            head = [text, *islice(lines, _LINES_LOOKED_AT)]
            break
        lines_before += 1
    separator = _SEPARATOR.fullmatch(head[0]) if head else None
    if separator:
        return head[1:], lines_before + 1, Dialect(separator[1], has_backslashes)
    dialects = [Dialect(delimiter, has_backslashes) for delimiter in DELIMITERS]
    return head, lines_before, max(dialects, key=lambda dialect: _likelihood(head, dialect))


def _likelihood(head: list[str], dialect: Dialect) -> tuple[bool, int]:
    first = next(read_records(head, dialect), None)
    cells = first.cells if isinstance(first, Record) else []
    return any(heading_words(cell) in EMAIL_NAMES for cell in cells), len(cells)


def _headings(records: Iterator[Record | Broken]) -> tuple[list[str], list[Record]]:
    """And the records that were read to find them. A title may stand above the headings.

    Where the first line is data already, nothing names the columns.
    """
    first = _first(records)
    read = [first]
    while not _names_emails(read[-1]) and not _has_address(read[-1]):
        following = next(records, None)
        if not isinstance(following, Record) or len(read) > _MOST_LINES_ABOVE_HEADINGS:
            break
        read.append(following)
    if _names_emails(read[-1]):
        return _bounded(read[-1].cells), []
    if _has_address(first):
        return [""] * len(_bounded(first.cells)), read
    return _bounded(first.cells), read[1:]


def _first(records: Iterator[Record | Broken]) -> Record:
    first = next(records, None)
    if first is None:
        raise InvalidInput(
            "The file is empty.", advice="Its first line names the columns.", field="file"
        )
    if isinstance(first, Broken):
        raise InvalidInput(
            f"The first line can't be read: {first.reason}.",
            advice="It names the columns.",
            field="file",
        )
    return first


def _names_emails(record: Record) -> bool:
    words = map(heading_words, record.cells)
    return not _has_address(record) and any(word in EMAIL_NAMES for word in words)


def _has_address(record: Record) -> bool:
    return any(is_address(cell.strip()) for cell in record.cells)


def _bounded(headings: list[str]) -> list[str]:
    while len(headings) > MOST_COLUMNS and not headings[-1].strip():
        headings = headings[:-1]
    if len(headings) > MOST_COLUMNS:
        raise InvalidInput(
            f"The first line has {len(headings):,} columns.",
            advice=f"Keep those that you need, {MOST_COLUMNS} at most.",
            field="file",
        )
    return headings


def _shown(cells: Sequence[str]) -> str:
    return " ".join(", ".join(cells).split())[:120]


def _problem(
    columns: Sequence[Column], service: Service | None, choices: ListChoices, file_name: str
) -> InvalidInput | None:
    if not any(column.field is Field.EMAIL for column in columns):
        return _unclear_emails(columns)
    has_headings = any(column.heading for column in columns)
    if not has_headings and len(columns) > 1 and not choices.columns:
        return UnclearColumns(
            "The first line names no columns, it is data already: "
            f"“{_shown([column.sample[0] for column in columns])}”.",
            advice="Say what each column is.",
            field="columns",
        )
    says_who_left = any(column.rule and column.rule.says_who_left for column in columns)
    if says_who_left or choices.everyone or (service and service.listed_as):
        return None
    return _unclear_file(columns, file_name)


def _unclear_file(columns: Sequence[Column], file_name: str) -> UnclearStates | None:
    """A list of those who left often says so nowhere but in its name."""
    advice = "Say what everyone in it is."
    if _NAMED_AS_GONE.search(file_name.casefold()):
        return UnclearStates(
            f"The file is named “{file_name}”, and no column says who is subscribed.", advice=advice
        )
    for column in columns:
        if not column.rule and looks_like_a_list_of_the_gone(column.words, column.sample):
            return UnclearStates(
                f"The column “{column.name}” is one that lists of bounced or unsubscribed people "
                "have, and no column says who is subscribed.",
                advice=advice,
            )
    return None


def _unclear_emails(columns: Sequence[Column]) -> InvalidInput:
    holding = [c.name for c in columns if any(is_address(cell) for cell in c.sample)]
    if holding:
        names = ", ".join(f"“{name}”" for name in holding)
        return UnclearColumns(
            f"Which column is the email address? There are addresses in {names}.",
            advice="Say which column is the email address.",
            field="columns",
        )
    shown = _shown([column.heading for column in columns])
    return InvalidInput(
        f"No column is named address or email; the first line is “{shown}”.",
        advice="Name the column that holds the addresses: address.",
        field="file",
    )

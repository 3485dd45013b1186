"""A list of subscribers in CSV: which columns it has, and whether a row can be taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from newsletter.domain.errors import InvalidInput
from newsletter.domain.listed_as import ListedAs
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
from newsletter.reading.subscriber_lists.services import Service, service_of

DELIMITERS = ",;\t|"
_LINES_LOOKED_AT = 100
_ROWS_LOOKED_AT = 200
_SEPARATOR = re.compile(r"sep=(.)\s*")
_NAMED_AS_GONE = re.compile(
    r"unsub|non-?subscribed|cleaned|bounce|complain|suppress|block-?list|black-?list"
    r"|opt(ed)?[-_ ]?out|archived|deleted|unconfirmed"
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
    are where no column says more.
    """

    columns: tuple[Column, ...]
    records: Iterator[Record | Broken]
    service: Service | None
    listed_as: ListedAs
    choices: ListChoices
    problem: InvalidInput | None

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
    first = next(records, None)
    headings = _headings(first)
    sample = list(islice(records, _ROWS_LOOKED_AT))
    rows = [record.cells for record in sample if isinstance(record, Record)]
    columns = match_columns(headings, rows, choices)
    service = service_of(list(map(heading_words, headings)))
    return Sheet(
        columns=columns,
        records=chain(sample, records),
        service=service,
        listed_as=choices.everyone or (service and service.listed_as) or ListedAs.ACTIVE,
        choices=choices,
        problem=_problem(columns, service, choices, file_name),
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


def _headings(first: Record | Broken | None) -> list[str]:
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
    if any(is_address(cell.strip()) for cell in first.cells):
        raise InvalidInput(
            f"The first line names no columns, it is data already: “{_shown(first.cells)}”.",
            advice="Put a line above it: address,name – as far as there are such columns.",
            field="file",
        )
    return first.cells


def _shown(cells: Sequence[str]) -> str:
    return " ".join(", ".join(cells).split())[:120]


def _problem(
    columns: Sequence[Column], service: Service | None, choices: ListChoices, file_name: str
) -> InvalidInput | None:
    if not any(column.field is Field.EMAIL for column in columns):
        return _unclear_emails(columns)
    says_state = any(column.rule for column in columns) or (service and service.listed_as)
    if not says_state and not choices.everyone and _NAMED_AS_GONE.search(file_name.casefold()):
        return UnclearStates(
            f"The file is named “{file_name}”, and no column says who is subscribed.",
            advice="Say what everyone in it is.",
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

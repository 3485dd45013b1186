"""CSV as it comes out of spreadsheets: delimiters, line ends, quotes that never close.

A file is read as a stream: no more than one record is held at a time.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

LONGEST_LINE = 1_000_000
MOST_LINES_IN_A_RECORD = 100
_CELL_BEGINS = r"(?:^|(?<=[;\t\r\n]))"
"""Also where a spreadsheet of another country would begin one."""
_FORMULA_BEGINS = r"(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])"
_NEEDS_GUARD = re.compile(f"{_CELL_BEGINS}('*){_FORMULA_BEGINS}")
_IS_GUARDED = re.compile(f"{_CELL_BEGINS}'('*){_FORMULA_BEGINS}")


@dataclass(frozen=True, slots=True)
class Record:
    """`line` is where it begins in the file, from 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that can't be read as CSV; the ones after it can."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """`has_backslash_quotes`: quotation marks within cells are written \\" and not doubled."""

    delimiter: str
    has_backslash_quotes: bool = False

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        escape: dict[str, Any] = {"escapechar": "\\"} if self.has_backslash_quotes else {}
        # Blanks behind a delimiter: `email, "Smith, Ann"`.
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, **escape)


def read_records(
    lines: Iterable[str], dialect: Dialect, lines_before: int = 0
) -> Iterator[Record | Broken]:
    """What is in `lines`; empty ones are passed over.

    After a quotation mark that is never closed, reading goes on with the next line: one bad line
    does not swallow the rest of the file.
    """
    feed = _Feed(iter(lines), lines_before)
    reader = dialect.reader(feed)
    while True:
        feed.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLongError):
            yield feed.give_up_first_line()
            reader = dialect.reader(feed)
            continue
        if feed.ended_inside:
            yield feed.give_up_first_line()
            reader = dialect.reader(feed)
        elif any(cell.strip() for cell in cells):
            yield Record(feed.first_line, cells)


def read_lines(text: TextIO) -> Iterator[str]:
    """With their ends. What goes beyond LONGEST_LINE is dropped."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            while (rest := text.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                pass
        yield line


def guard(cell: str) -> str:
    """So that no spreadsheet takes the cell for a formula; `unguard` takes it back exactly."""
    return _NEEDS_GUARD.sub(r"'\1", cell)


def unguard(cell: str) -> str:
    return _IS_GUARDED.sub(r"\1", cell) if "'" in cell else cell


class _TooLongError(Exception):
    """The record has too many lines, or one that is too long."""


class _Feed:
    """Hands lines to the CSV reader, and remembers those of the current record."""

    def __init__(self, lines: Iterator[str], lines_before: int) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.first_line = lines_before + 1
        self.ended_inside = False

    def begin(self) -> None:
        self.first_line += len(self._taken)
        self._taken = []
        self.ended_inside = False

    def give_up_first_line(self) -> Broken:
        """The other lines of the record are read again, as records of their own."""
        first, *rest = self._taken
        self._again.extendleft(reversed(rest))
        self._taken = [first]
        if len(first) >= csv.field_size_limit():
            return Broken(self.first_line, first[:100], "the line is too long")
        reason = "a quotation mark is opened here and never closed"
        return Broken(self.first_line, first[:100].strip(), reason)

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self._taken) == MOST_LINES_IN_A_RECORD:
            raise _TooLongError
        if self._again:
            line = self._again.popleft()
        else:
            try:
                line = next(self._lines)
            except StopIteration:
                self.ended_inside = bool(self._taken)
                raise
        self._taken.append(line)
        if len(line) == LONGEST_LINE:
            raise _TooLongError
        return line

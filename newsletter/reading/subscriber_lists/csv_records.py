"""CSV as it comes out of spreadsheets: encodings, delimiters, line ends, quotes that never close.

A file is read as a stream: no more than one record is held at a time.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NoReturn, TextIO

from newsletter.domain.errors import InvalidInput

DELIMITERS = ",;\t"
LONGEST_LINE = 1_000_000
MOST_LINES_IN_A_RECORD = 100
_CHUNK_BYTES = 1 << 20
_SAVE_AS = "In your spreadsheet, save it as “CSV UTF-8”."
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


def open_text(file: BinaryIO) -> io.TextIOWrapper:
    """The whole file as text, looked through once to its end before anything is read from it.

    Raises InvalidInput, with the line, for what is no text in UTF-8 or UTF-16.
    """
    encoding = _encoding(file)
    _require_readable(file, encoding)
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def read_records(text: TextIO, delimiter: str, lines_before: int = 0) -> Iterator[Record | Broken]:
    """What follows in `text`; empty lines are passed over.

    After a quotation mark that is never closed, reading goes on with the next line: one bad line
    does not swallow the rest of the file.
    """
    feed = _Feed(_lines(text), lines_before)
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLongError):
            yield feed.give_up_first_line()
            reader = csv.reader(feed, delimiter=delimiter)
            continue
        if feed.ended_inside:
            yield feed.give_up_first_line()
            reader = csv.reader(feed, delimiter=delimiter)
        elif any(cell.strip() for cell in cells):
            yield Record(feed.first_line, cells)


def guard(cell: str) -> str:
    """So that no spreadsheet takes the cell for a formula; `unguard` takes it back exactly."""
    return _NEEDS_GUARD.sub(r"'\1", cell)


def unguard(cell: str) -> str:
    return _IS_GUARDED.sub(r"\1", cell)


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InvalidInput(
            "The file is empty.", advice="Its first line names the columns.", field="file"
        )
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(b"PK\x03\x04"):
        raise InvalidInput("This is a workbook, not a CSV file.", advice=_SAVE_AS, field="file")
    nulls_at_odd, nulls_at_even = head[1::2].count(0), head[0::2].count(0)
    if max(nulls_at_odd, nulls_at_even) * 4 > len(head):
        return "utf-16-le" if nulls_at_odd > nulls_at_even else "utf-16-be"
    return "utf-8-sig"


def _require_readable(file: BinaryIO, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, last = 1, ""
    file.seek(0)
    for chunk in iter(partial(file.read, _CHUNK_BYTES), b""):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            _refuse(lines + _line_ends(error.object[: error.start], last), encoding)
        lines += _line_ends(text, last)
        last = text[-1:] or last
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        _refuse(lines, encoding)


def _line_ends(data: bytes | str, last: str) -> int:
    """CR, LF and CRLF each end one line; `last` is the character before the data."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    split_pair = last == "\r" and text.startswith("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n") - int(split_pair)


def _refuse(line: int, encoding: str) -> NoReturn:
    name = "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
    raise InvalidInput(
        f"Line {line} has bytes that are no {name} text.",
        advice=f"The file was saved in an older encoding. {_SAVE_AS}",
        field="file",
    )


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            while (rest := text.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                pass
        yield line


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

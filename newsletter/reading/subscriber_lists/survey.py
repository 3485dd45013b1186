"""A first going through of a list whose columns say states: what is unclear, and who is gone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.readers.subscriber_rows import LeftOut, Row
from newsletter.reading.subscriber_lists.csv_records import Record
from newsletter.reading.subscriber_lists.moments import looks_like_a_date
from newsletter.reading.subscriber_lists.rows import RowReader
from newsletter.reading.subscriber_lists.seen_addresses import SeenAddresses
from newsletter.reading.subscriber_lists.sheets import Sheet, UnclearStates
from newsletter.reading.subscriber_lists.state_cells import LONGEST_VALUE
from newsletter.reading.subscriber_lists.yes_no import says_yes_or_no

MOST_VALUES = 30
_MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Survey:
    """`gone` has the addresses that any row says are gone: no other row of theirs counts."""

    gone: SeenAddresses | None = None

    def contradicts(self, row: Row) -> LeftOut | None:
        """For a row of someone who is gone by another row of the same file."""
        if self.gone is None or row.listed_as.is_gone:
            return None
        line = self.gone.line_of(row.key)
        if not line:
            return None
        return LeftOut(
            row.line,
            row.address,
            f"line {line} says that this subscriber has left or is suppressed",
        )


def take_survey(sheet: Sheet, now: datetime) -> Survey:
    """Uses up the records of the sheet. Raises UnclearStates."""
    reader, gone = RowReader(sheet, now), SeenAddresses()
    unclear: Counter[tuple[str, str]] = Counter()
    empty: Counter[str] = Counter()
    told: set[str] = set()
    for record in sheet.records:
        if not isinstance(record, Record):
            continue
        for column, cell in reader.yes_no_cells(record):
            if says_yes_or_no(cell) or looks_like_a_date(cell):
                told.add(column)
            elif not cell:
                empty[column] += 1
        unknown = reader.unclear_values(record)
        if unknown and len(unclear) < _MOST_COUNTED:
            unclear.update((column, value[:LONGEST_VALUE]) for column, value in unknown)
        elif not unclear:
            row = reader.judge(record)
            if isinstance(row, Row) and row.listed_as.is_gone:
                gone.first_line(row.key, row.line)
    unclear.update({(column, ""): rows for column, rows in empty.items() if column in told})
    if unclear:
        raise _question(unclear)
    return Survey(gone)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _question(unclear: Counter[tuple[str, str]]) -> UnclearStates:
    values = [(column, value, rows) for (column, value), rows in unclear.most_common()]
    column, value, rows = values[0]
    says = f"says “{value}”" if value else "is empty"
    others = len(values) - 1
    more = f", and {others:,} other {'value' if others == 1 else 'values'}" if others else ""
    if len(values) > MOST_VALUES:
        advice = "If the column says something else of a reader, make it an attribute."
    else:
        advice = "Say what each of them means: active, pending, unsubscribed, bounced …"
    return UnclearStates(
        f"The column “{column}” {says} in {_rows(rows)}{more}. What does it mean?",
        advice=advice,
        values=values[:MOST_VALUES],
    )

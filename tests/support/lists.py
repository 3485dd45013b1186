"""Reads a list as an import does, for tests that look at its rows."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from newsletter.domain.readers.subscriber_rows import LeftOut, Row
from newsletter.reading.subscriber_lists.choices import (
    ListChoices,
    column_choice,
    date_choice,
    listed_as_choice,
    meaning_choice,
)
from newsletter.reading.subscriber_lists.columns import Column
from newsletter.reading.subscriber_lists.rows import RowReader
from newsletter.reading.subscriber_lists.sheets import opened_sheet
from newsletter.reading.subscriber_lists.survey import take_survey

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def choices(*columns: str, status: tuple[str, ...] = (), **others: str) -> ListChoices:
    """As the options of the command say them."""
    return ListChoices(
        encoding=others.get("encoding", ""),
        columns=tuple(map(column_choice, columns)),
        meanings={place: kept for one in status for place, kept in meaning_choice(one).items()},
        everyone=listed_as_choice(others["everyone"]) if "everyone" in others else None,
        dates=date_choice(others.get("dates", "")),
    )


def judged(
    data: str | bytes, chosen: ListChoices | None = None, name: str = ""
) -> list[Row | LeftOut]:
    """All rows. Raises what has to be answered first."""
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    chosen = chosen or ListChoices()
    with opened_sheet(file, chosen, name) as sheet:
        if sheet.problem:
            raise sheet.problem
        take_survey(sheet, NOW)
    with opened_sheet(file, chosen, name) as sheet:
        return list(map(RowReader(sheet, NOW).judge, sheet.records))


def rows(data: str | bytes, chosen: ListChoices | None = None, name: str = "") -> list[Row]:
    """Of a list in which nothing is left out."""
    found = judged(data, chosen, name)
    taken = [row for row in found if isinstance(row, Row)]
    assert len(taken) == len(found), found
    return taken


def columns(data: str | bytes, chosen: ListChoices | None = None) -> tuple[Column, ...]:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    with opened_sheet(file, chosen or ListChoices()) as sheet:
        return sheet.columns


def service(data: str) -> str:
    with opened_sheet(io.BytesIO(data.encode())) as sheet:
        return sheet.service.name if sheet.service else ""

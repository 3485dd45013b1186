"""A list of links in CSV, as Raindrop, Pocket, Instapaper and spreadsheets export it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from newsletter.reading.digests.feeds.feed import Feed
from newsletter.reading.digests.feeds.link_records import KNOWN, has_links, items_of

_DELIMITERS = ",;\t"
_LONGEST_HEAD = 1_000
_NAME = re.compile(r"[\w /()-]{1,40}")


def read_link_table(text: str) -> Feed | None:
    """None for a text whose first line does not name the columns of such a list."""
    head = text.lstrip("\ufeff \r\n").partition("\n")[0].strip()
    delimiter = next((one for one in _DELIMITERS if _is_head(_names(head, one))), "")
    if not delimiter:
        return None
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff \r\n")), delimiter=delimiter))
    except csv.Error:
        return None
    names = _names(head, delimiter)
    items = items_of(_records(names, rows[1:]))
    has_addresses = any("://" in item.url for item in items)
    return Feed("", items, trouble=_unused(names)) if has_addresses else None


def _is_head(names: list[str]) -> bool:
    is_plain = len(names) > 1 and all(map(_NAME.fullmatch, names))
    return is_plain and has_links(names) and len(KNOWN.intersection(names)) > 1


def _names(head: str, delimiter: str) -> list[str]:
    if len(head) > _LONGEST_HEAD:
        return []
    cells = next(csv.reader([head], delimiter=delimiter), [])
    return [cell.strip().lower().replace(" ", "_") for cell in cells]


def _records(names: list[str], rows: list[list[str]]) -> Iterator[dict[str, str]]:
    """What is behind the last column belongs to it."""
    for row in rows:
        *cells, last = [*row, *[""] * (len(names) - len(row))][: len(names)] or [""]
        last = " ".join([last, *row[len(names) :]]).strip()
        yield dict(zip(names, [*cells, last], strict=True))


def _unused(names: list[str]) -> str:
    others = [name for name in names if name and name not in KNOWN]
    return f"These columns are not used: {', '.join(others)}." if others else ""

"""The tables that exports have beside their texts: rows by the names of their columns."""

from __future__ import annotations

import csv
import io

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import ArchiveFile

_LONGEST_CELL = 4_000_000
"""Buttondown puts whole issues into cells."""


def rows_of(file: ArchiveFile) -> list[dict[str, str]]:
    """Names of columns are in lower case with `_` for blanks. Raises InvalidInput."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        text = file.read().decode("utf-8-sig")
        found = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip().lower().replace(" ", "_") for name in next(found, [])]
        return [dict(zip(names, map(str.strip, row), strict=False)) for row in found if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(
            f"{file.path} can’t be read as CSV in UTF-8: {error}.", advice="Export it again."
        ) from error
    finally:
        csv.field_size_limit(before)

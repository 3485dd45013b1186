"""A newsletter's readers as CSV, in the simple form that an import takes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from newsletter.domain.actions import Action
from newsletter.domain.feedback.doubts import without_addresses
from newsletter.domain.readers.attribute_fields import attribute_text
from newsletter.domain.readers.audiences import in_words
from newsletter.domain.readers.subscriber_rows import EXPORT_COLUMNS, LeftOut
from newsletter.domain.staff.principals import Principal
from newsletter.reading.subscriber_lists.csv_records import guard
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.store.readers.lists import Listed, ReaderQuery, readers_after
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.list_subscribers import SubscriberFilter, reader_query
from newsletter.usecases.staff.downloads import record_download

ROWS_AT_ONCE = 2000
ATTRIBUTE = "attribute:"
ALL = SubscriberFilter()


def export_subscribers(
    context: Context,
    slug: str,
    principal: Principal,
    wanted: SubscriberFilter = ALL,
    columns: Sequence[str] = EXPORT_COLUMNS,
) -> Iterator[str]:
    """Pieces of the file, at once NotFound. Each piece is read in a transaction of its own.

    The oldest first, whatever the order of `wanted`. A column may be `attribute:` and a name.
    """
    require_for_newsletter(context, principal, "export_subscribers", slug)
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
    whom = without_addresses(in_words(wanted.audience))
    record_download(context, principal, Action.DOWNLOAD_SUBSCRIBERS, profile.id, whom=whom)
    return _pieces(context, reader_query(profile, wanted.audience, wanted.search), columns)


def left_out_as_csv(rows: Iterable[LeftOut]) -> str:
    return as_csv((str(row.line), row.address, row.reason) for row in rows)


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """With CRLF [RFC 4180], and no cell that a spreadsheet would take for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([guard(cell) for cell in row] for row in rows)
    return text.getvalue()


def _pieces(context: Context, query: ReaderQuery, columns: Sequence[str]) -> Iterator[str]:
    yield as_csv([[name.removeprefix(ATTRIBUTE) for name in columns]])
    last_id = 0
    while True:
        with context.database.read() as session:
            page = readers_after(session, query, last_id, ROWS_AT_ONCE)
        if not page:
            return
        yield as_csv([_cell(reader, name) for name in columns] for reader in page)
        last_id = page[-1].subscriber_id


def _cell(reader: Listed, column: str) -> str:
    if column.startswith(ATTRIBUTE):
        return attribute_text(reader.attributes.get(column.removeprefix(ATTRIBUTE), ""))
    if column == "attributes":
        return json.dumps(reader.attributes, ensure_ascii=False) if reader.attributes else ""
    value = ";".join(reader.tags) if column == "tags" else getattr(reader, column, "")
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)

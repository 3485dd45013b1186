"""A newsletter's readers as CSV, in the simple form that an import takes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.principals import Principal
from newsletter.domain.subscriber_rows import EXPORT_COLUMNS, LeftOut
from newsletter.reading.subscriber_lists.csv_records import guard
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.readers.lists import Listed, readers_after
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

ROWS_AT_ONCE = 2000


def export_subscribers(
    context: Context, slug: str, principal: Principal, state: SubscriptionState | None = None
) -> Iterator[str]:
    """Pieces of the file, at once NotFound. Each piece is read in a transaction of its own."""
    require_for_newsletter(context, principal, "export_subscribers", slug)
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
    return _pieces(context, newsletter_id, state)


def left_out_as_csv(rows: Iterable[LeftOut]) -> str:
    return as_csv((str(row.line), row.address, row.reason) for row in rows)


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """With CRLF [RFC 4180], and no cell that a spreadsheet would take for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([guard(cell) for cell in row] for row in rows)
    return text.getvalue()


def _pieces(context: Context, newsletter_id: int, state: SubscriptionState | None) -> Iterator[str]:
    yield as_csv([EXPORT_COLUMNS])
    last_id = 0
    while True:
        with context.database.read() as session:
            page = readers_after(session, newsletter_id, state, last_id, ROWS_AT_ONCE)
        if not page:
            return
        yield as_csv(map(_cells, page))
        last_id = page[-1].subscriber_id


def _cells(reader: Listed) -> tuple[str, ...]:
    attributes = json.dumps(reader.attributes, ensure_ascii=False) if reader.attributes else ""
    return (
        reader.address,
        reader.name,
        attributes,
        ";".join(reader.tags),
        reader.state,
        reader.created_at.isoformat(timespec="seconds"),
    )

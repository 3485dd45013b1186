"""A list before it is imported: its columns, what it asks, and what would happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from newsletter.domain.staff.principals import Principal
from newsletter.reading.subscriber_lists.choices import ListQuestion
from newsletter.reading.subscriber_lists.columns import Column
from newsletter.reading.subscriber_lists.encodings import UnknownEncoding
from newsletter.reading.subscriber_lists.sheets import opened_sheet
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.import_subscribers import ImportReport, check_import
from newsletter.usecases.readers.take_rows import Source


@dataclass(frozen=True, slots=True)
class ListPreview:
    """`question` has to be answered first, and then there is no report; or the other way round.

    No columns are known before the encoding is.
    """

    service: str
    columns: tuple[Column, ...]
    question: ListQuestion | None
    report: ImportReport | None


def preview_list(
    context: Context, slug: str, file: BinaryIO, source: Source, principal: Principal
) -> ListPreview:
    """Changes nothing. Raises InvalidInput for a file that is no list, and NotFound."""
    require_for_newsletter(context, principal, "preview_list", slug)
    choices, name = source.choices, source.file_name
    try:
        report = check_import(context, slug, file, principal, choices=choices, file_name=name)
    except UnknownEncoding as question:
        return ListPreview("", (), question, None)
    except ListQuestion as question:
        with opened_sheet(file, choices) as sheet:
            service = sheet.service.name if sheet.service else ""
            return ListPreview(service, sheet.columns, question, None)
    return ListPreview(report.service, report.columns, None, report)

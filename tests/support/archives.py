"""Archives made up in memory: a zip of texts by their paths, and what is read from it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from functools import partial

from newsletter.domain.errors import InvalidInput
from newsletter.domain.past_issues import PastIssue
from newsletter.reading.archives.found import NotTaken
from newsletter.reading.archives.opening import opened_file
from newsletter.reading.archives.past_issues import HowToRead, read_past_issue
from newsletter.reading.archives.services import service_of
from newsletter.usecases.archive.import_archive import OpenArchive

TODAY = date(2026, 11, 22)
HOW = HowToRead("Notes", "Europe/Berlin", 2_000_000, TODAY)

BUTTONDOWN = {
    "emails.csv": (
        "id,secondary_id,subject,publish_date,source,slug\n"
        "a1,1,Ropes,2023-01-02 23:30:00+00:00,app,ropes\n"
        "b2,2,Winches,2023-01-09 16:55:00+00:00,app,winches\n"
        "c3,3,Anchors,2023-01-16 16:55:00+00:00,app,anchors\n"
    ),
    "emails/ropes.md": "## Boats\n\n- [Ropes](https://example.org/ropes): how to splice.\n",
    "emails/winches.md": "- [Winches](https://example.org/winches) and how they turn.\n",
    "emails/anchors.md": (
        "<!-- buttondown-editor-mode: fancy --><p>Hello.</p>"
        '<ul><li><a href="https://example.org/anchors">Anchors</a></li></ul>'
    ),
}


def zip_of(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    made.seek(0)
    return made


def opening(files: Mapping[str, str | bytes]) -> OpenArchive:
    return partial(opened_file, zip_of(files), "archive.zip")


def read(
    files: Mapping[str, str | bytes], how: HowToRead = HOW
) -> tuple[str, list[PastIssue], dict[str, str]]:
    """The service, the issues, and why others are none."""
    past: list[PastIssue] = []
    others: dict[str, str] = {}
    with opened_file(zip_of(files), "archive.zip") as archive:
        service = service_of(archive)
        for found in (*archive.not_taken, *service.read(archive)):
            if isinstance(found, NotTaken):
                others[found.source] = found.reason
                continue
            try:
                past.append(read_past_issue(found, how))
            except InvalidInput as error:
                others[found.source] = str(error)
    return service.name, past, others

"""Buttondown: `emails/SLUG.md` beside `emails.csv` or `emails.json`, or the CSV with whole texts.

After docs.buttondown.com (an email's fields; `secondary_id` is “an informal number”; a body is
Markdown or HTML, told apart by its editor-mode comment), and the exports that TryGhost/migrate
reads in packages/mg-buttondown. What Buttondown's own command line writes, Markdown with front
matter, is read like any folder: see digest_files.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken, as_page
from newsletter.reading.archives.tables import rows_of

_MODE = re.compile(rb"\A\s*<!--\s*buttondown-editor-mode:\s*(\w+)\s*-->\s*")
_SENT = frozenset({"", "sent", "published", "imported", "about_to_send", "in_flight"})
_NOT_PUBLIC = frozenset({"private", "premium", "premium_only", "hidden", "draft"})


def is_buttondown(archive: ArchiveFiles) -> bool:
    table = archive.named("emails.csv") or archive.named("emails.json")
    return table is not None


def read_buttondown(archive: ArchiveFiles) -> Iterator[Found]:
    texts = {file.name.rpartition(".")[0]: file for file in archive.files if _is_text(file)}
    table = archive.named("emails.json") or archive.named("emails.csv")
    for row in _rows(table) if table else ():
        file = texts.pop(row.get("slug", ""), None) or texts.pop(row.get("id", ""), None)
        source = file.path if file else f"{table.path if table else ''}: {row.get('subject', '')}"
        yield _issue(row, source, file)
    for file in texts.values():
        yield NotTaken(file.path, "The list of emails does not have it.", is_refused=True)


def _is_text(file: ArchiveFile) -> bool:
    return file.name.endswith(".md") and "emails" in file.path.split("/")[:-1]


def _rows(table: ArchiveFile) -> list[dict[str, str]]:
    if table.name.endswith(".csv"):
        return rows_of(table)
    try:
        found = json.loads(table.read())
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{table.path} is not JSON.", advice="Export it again.") from error
    rows = found if isinstance(found, list) else []
    return [_as_texts(row) for row in rows if isinstance(row, dict)]


def _as_texts(row: Mapping[str, object]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in row.items()}


def _issue(row: Mapping[str, str], source: str, file: ArchiveFile | None) -> Found:
    status, kind = row.get("status", "").lower(), row.get("email_type", "").lower()
    if status not in _SENT:
        return NotTaken(source, f"It was not sent: {status}.")
    if kind in _NOT_PUBLIC:
        return NotTaken(source, f"It is {kind}, and the archive is public.")
    return FoundIssue(
        source,
        lambda: _body(file.read() if file else row.get("body", "").encode()),
        head={
            "title": row.get("subject", ""),
            "date": row.get("publish_date", ""),
            "preheader": row.get("description", ""),
        },
        number_otherwise=row.get("secondary_id", ""),
    )


def _body(data: bytes) -> bytes:
    mode = _MODE.match(data)
    text = _MODE.sub(b"", data)
    return as_page(text) if mode and mode[1] == b"fancy" else text

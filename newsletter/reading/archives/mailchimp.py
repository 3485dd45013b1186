"""Mailchimp: `campaigns.csv` beside `campaigns_content/ID_SLUG.html`, in folders of numbers.

After mailchimp.com/help/export-and-back-up-account-data (“a CSV of all your campaigns and a
campaigns_content folder with HTML and TXT files”) and the importer of valenzine/newsletter-archive:
columns `Title`, `Subject`, `Send Date` (“May 19, 2019 06:00 pm”) and `Unique Id`. Which file a row
is about has to be found by its title: nothing else is in both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken, as_page
from newsletter.reading.archives.tables import rows_of

_FOLDER = "campaigns_content"
_DATES = ("%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%m/%d/%y %I:%M%p", "%Y-%m-%d %H:%M:%S")
_MERGE_LINK = re.compile(rb"<a\b[^<>]{0,2000}\*\|[^<>]{0,2000}>.{0,2000}?</a>", re.DOTALL)
_MERGE_TAG = re.compile(rb"\*\|[^|\n]{1,200}\|\*")
_ID = re.compile(r"^\d+_")


def is_mailchimp(archive: ArchiveFiles) -> bool:
    return archive.named("campaigns.csv") is not None and any(map(_is_text, archive.files))


def read_mailchimp(archive: ArchiveFiles) -> Iterator[Found]:
    """Each text with its row; rows of campaigns that were never sent have none."""
    table = archive.named("campaigns.csv")
    rows = rows_of(table) if table else []
    for file in archive.files:
        if _is_text(file):
            yield _issue(file, _row_of(file, rows))


def _is_text(file: ArchiveFile) -> bool:
    return file.name.endswith(".html") and _FOLDER in file.path.split("/")[:-1]


def _row_of(file: ArchiveFile, rows: Sequence[dict[str, str]]) -> Mapping[str, str] | None:
    """A row is taken once: some publications give each issue the same title."""
    name = _ID.sub("", file.name.removesuffix(".html"))
    for row in rows:
        unique = row.get("unique_id", "")
        if (unique and unique in file.name) or _slug(name) in map(_slug, _titles(row)):
            row["unique_id"], row["title"], row["subject"], taken = "", "", "", dict(row)
            return taken
    return None


def _titles(row: Mapping[str, str]) -> list[str]:
    return [title for title in (row.get("title", ""), row.get("subject", "")) if title]


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).casefold()
    return "".join(character for character in plain if character.isalnum())


def _issue(file: ArchiveFile, row: Mapping[str, str] | None) -> Found:
    if row is None:
        return NotTaken(file.path, "campaigns.csv does not have it.", is_refused=True)
    title = row.get("subject", "") or row.get("title", "")
    head = {"title": title, "date": _day(row.get("send_date", ""))}
    number = _number(row)
    return FoundIssue(file.path, lambda: _page(file.read()), head, number_otherwise=number)


def _page(data: bytes) -> bytes:
    """Without the places for what is each subscriber's own, and the links that have such."""
    return as_page(_MERGE_TAG.sub(b"", _MERGE_LINK.sub(b"", data)))


def _number(row: Mapping[str, str]) -> str:
    """Editors number their campaigns in the title that subscribers don't see."""
    found = re.fullmatch(r"\D{0,40}?(\d{1,5})", row.get("title", ""))
    return found[1] if found else ""


def _day(text: str) -> str:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(' "'), form).date().isoformat()  # noqa: DTZ007  a day
        except ValueError:
            continue
    return text

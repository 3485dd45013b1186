"""Curated: `data-export/issues/published/N/N.json`, an issue each.

After the export that TryGhost/migrate reads in packages/mg-curated-export. What is in such a file
is read like any digest: see digests/feeds/json_feeds.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken

_ISSUE = re.compile(r"(?:^|/)issues/published/\d{1,10}/\d{1,10}\.json$")


def is_curated(archive: ArchiveFiles) -> bool:
    return any(_ISSUE.search(file.path) for file in archive.files)


def read_curated(archive: ArchiveFiles) -> Iterator[Found]:
    for file in archive.files:
        if _ISSUE.search(file.path):
            yield _issue(file)


def _issue(file: ArchiveFile) -> Found:
    """With its number and moment: read as text alone, it has the day in UTC."""
    try:
        issue = json.loads(file.read())
        has_items = any(category["items"] for category in issue["categories"])
    except InvalidInput as error:
        return NotTaken(file.path, str(error), is_refused=True)
    except (ValueError, KeyError, TypeError, RecursionError):
        has_items = False
    if not has_items:
        return NotTaken(file.path, "This is no issue as Curated writes it.", is_refused=True)
    if issue.get("publication_status", "published") != "published":
        return NotTaken(file.path, "It was not published.")
    number = str(issue.get("number") or file.name.partition(".")[0])
    head = {"number": number, "date": str(issue.get("published_at") or "")}
    return FoundIssue(file.path, file.read, head)

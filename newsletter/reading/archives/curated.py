"""Curated: `data-export/issues/published/N/N.json`, an issue each.

After the export that TryGhost/migrate reads in packages/mg-curated-export: `number`, `title`,
`summary`, `published_at`, and `categories` → `items` of type Link (`title`, `url`, `url_domain`,
`description_markdown`) or Text (no link, and a `footer` in HTML).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken
from newsletter.reading.digests.block_markdown import address, literal_line
from newsletter.reading.digests.front_matter import ENTRIES_ARE, HEADINGS, write_front_matter

_ISSUE = re.compile(r"(?:^|/)issues/published/\d{1,10}/\d{1,10}\.json$")
_TAG = re.compile(r"<[^<>]{1,500}>")


def is_curated(archive: ArchiveFiles) -> bool:
    return any(_ISSUE.search(file.path) for file in archive.files)


def read_curated(archive: ArchiveFiles) -> Iterator[Found]:
    for file in archive.files:
        if _ISSUE.search(file.path):
            yield _issue(file)


def _issue(file: ArchiveFile) -> Found:
    try:
        issue = json.loads(file.read())
        text = _markdown(issue)
        number, title = str(issue.get("number") or ""), _text(issue, "title")
    except InvalidInput as error:
        return NotTaken(file.path, str(error), is_refused=True)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return NotTaken(file.path, "This is not an issue as Curated writes it.", is_refused=True)
    if _text(issue, "publication_status") not in {"", "published"}:
        return NotTaken(file.path, "It was not published.")
    head = {
        "title": title,
        "number": number or file.name.partition(".")[0],
        "date": _text(issue, "published_at"),
        "preheader": _text(issue, "summary"),
    }
    return FoundIssue(file.path, text.encode, head)


def _markdown(issue: Mapping[str, Any]) -> str:
    pieces = [write_front_matter({ENTRIES_ARE: HEADINGS})]
    for category in issue["categories"]:
        if name := _text(category, "name"):
            pieces.append(f"## {literal_line(name)}")
        for item in category["items"]:
            pieces += [_title(item), _text(item, "description_markdown"), _footer(item)]
    return "\n\n".join(piece for piece in pieces if piece)


def _title(item: Mapping[str, Any]) -> str:
    title, url = literal_line(_text(item, "title")), _text(item, "url")
    if url:
        return f"### [{title or url}](<{address(url)}>)"
    return f"### {title}" if title else ""


def _footer(item: Mapping[str, Any]) -> str:
    words = " ".join(_TAG.sub(" ", _text(item, "footer")).split())
    return f"*{literal_line(words)}*" if words else ""


def _text(values: Mapping[str, Any], key: str) -> str:
    found = values.get(key)
    return found.strip() if isinstance(found, str) else ""

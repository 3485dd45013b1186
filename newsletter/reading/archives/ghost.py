"""Ghost: one JSON file with all its tables; `db[0].data.posts` are the issues.

After ghost.org's developer documentation of its JSON format and the importers of other tools
(jekyll_ghost_importer, parseGhostExport of leaflet): `status` published, sent, draft or scheduled;
`type` post or page (older: `page` 1); `visibility`; `html`, or else `lexical` or `mobiledoc`, both
JSON within a text; `__GHOST_URL__` for the site's own address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken, as_page
from newsletter.reading.archives.ghost_documents import html_of_lexical, html_of_mobiledoc

_SITE = "__GHOST_URL__"
_NOT_SENT = {
    "draft": "It is a draft.",
    "scheduled": "It was only scheduled.",
    "sent": "It was sent by email only, and the archive is public.",
}


def is_ghost(archive: ArchiveFiles) -> bool:
    return _export(archive) is not None


def read_ghost(archive: ArchiveFiles) -> Iterator[Found]:
    export = _export(archive)
    for post in _posts(export) if export else ():
        yield _issue(post)


def _export(archive: ArchiveFiles) -> ArchiveFile | None:
    """By how it begins; its name is that of the site."""
    named = (file for file in archive.files if file.name.endswith(".json"))
    return next((file for file in named if _begins_as_export(file)), None)


def _begins_as_export(file: ArchiveFile) -> bool:
    try:
        start = b"".join(file.read()[:2_000].split())
    except InvalidInput:
        return False
    return start.startswith((b'{"db":[{', b'{"meta":{"exported_on"'))


def _posts(file: ArchiveFile) -> list[dict[str, Any]]:
    try:
        export = json.loads(file.read())
        data = export["db"][0]["data"] if "db" in export else export["data"]
        return [post for post in data["posts"] if isinstance(post, dict)]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise InvalidInput(
            f"{file.path} begins like an export of Ghost, but has no posts.",
            advice="Export it again.",
            field="file",
        ) from error


def _issue(post: Mapping[str, Any]) -> Found:
    title = _text(post, "title")
    source = f"{_text(post, 'slug') or title or post.get('id')}"
    if _text(post, "type") == "page" or post.get("page") == 1:
        return NotTaken(source, "It is a page, not a post.")
    if (status := _text(post, "status")) != "published":
        return NotTaken(source, _NOT_SENT.get(status, f"It was not published: {status}."))
    if _text(post, "visibility") not in {"", "public"}:
        return NotTaken(source, "It is for members only, and the archive is public.")
    head = {
        "title": title,
        "date": _text(post, "published_at"),
        "preheader": _text(post, "custom_excerpt"),
    }
    return FoundIssue(source, lambda: as_page(_html(post).encode()), head)


def _html(post: Mapping[str, Any]) -> str:
    """Ghost's own HTML is all there is of it; the other two are what it is made from."""
    html = (
        _text(post, "html")
        or html_of_lexical(_text(post, "lexical"))
        or html_of_mobiledoc(_text(post, "mobiledoc"))
    )
    return html.replace(_SITE, "")


def _text(values: Mapping[str, Any], key: str) -> str:
    found = values.get(key)
    return found.strip() if isinstance(found, str) else ""

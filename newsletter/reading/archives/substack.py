"""Substack: `posts.csv` beside `posts/ID.SLUG.html`, which hold the bodies alone.

After the export that TryGhost/migrate reads in packages/mg-substack: columns `post_id` (which is
ID.SLUG), `post_date`, `is_published`, `email_sent_at`, `type`, `audience`, `title`, `subtitle`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken, as_page
from newsletter.reading.archives.tables import rows_of

_ISSUES = frozenset({"", "newsletter", "podcast"})
_PUBLIC = frozenset({"", "everyone"})


def is_substack(archive: ArchiveFiles) -> bool:
    table = archive.named("posts.csv")
    return table is not None and any(map(_is_text, archive.files))


def read_substack(archive: ArchiveFiles) -> Iterator[Found]:
    texts = {file.name.removesuffix(".html"): file for file in archive.files if _is_text(file)}
    table = archive.named("posts.csv")
    for row in rows_of(table) if table else ():
        name = row.get("post_id", "")
        yield _issue(row, texts.pop(name, None), name)
    for file in texts.values():
        yield NotTaken(file.path, "posts.csv does not have it.", is_refused=True)


def _is_text(file: ArchiveFile) -> bool:
    return file.name.endswith(".html") and "posts" in file.path.split("/")[:-1]


def _issue(row: Mapping[str, str], file: ArchiveFile | None, name: str) -> Found:
    source = file.path if file else f"posts/{name}.html"
    if row.get("is_published", "").lower() == "false":
        return NotTaken(source, "It is a draft.")
    if row.get("type", "") not in _ISSUES:
        return NotTaken(source, f"It is a {row['type']}, not an issue.")
    if row.get("audience", "") not in _PUBLIC:
        return NotTaken(source, "It is for some subscribers only, and the archive is public.")
    if file is None:
        return NotTaken(source, "posts.csv names it, but it is not there.", is_refused=True)
    head = {
        "title": row.get("title", ""),
        "date": row.get("post_date", "") or row.get("email_sent_at", ""),
        "preheader": row.get("subtitle", ""),
    }
    return FoundIssue(source, lambda: as_page(file.read()), head)

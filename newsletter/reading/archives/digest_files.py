"""A folder of digests, each file an issue: Markdown, HTML, text, and whatever else is read here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles
from newsletter.reading.archives.found import Found, FoundIssue, NotTaken
from newsletter.reading.archives.names import TABLES
from newsletter.reading.digests.front_matter import read_front_matter

_HEAD_BYTES = 20_000
_NOT_SENT = re.compile(r"draft|scheduled|unpublished|private|premium", re.IGNORECASE)


def read_digest_files(archive: ArchiveFiles) -> Iterator[Found]:
    for file in archive.files:
        ending = file.name.lower().rpartition(".")[2]
        if ending in TABLES:
            yield NotTaken(file.path, "It is a table, and none that a service exports.")
        elif ending in {"zip", "gz", "tar", "tgz"} and len(archive.files) > 1:
            yield NotTaken(file.path, "It is packed. Unpack it, or import it alone.", True)
        else:
            yield _issue(file)


def _issue(file: ArchiveFile) -> Found:
    try:
        data = file.read()
    except InvalidInput as error:
        return NotTaken(file.path, str(error), is_refused=True)
    lines = data[:_HEAD_BYTES].decode("utf-8", "replace").splitlines()
    front = read_front_matter(lines)
    if reason := _why_not_sent({key.lower(): value for key, value in front.others.items()}):
        return NotTaken(file.path, reason)
    subject = "" if front.values.get("title") else front.values.get("subject", "")
    return FoundIssue(file.path, lambda: data, {"title": subject}, file_name=file.path)


def _why_not_sent(head: dict[str, str]) -> str:
    """Hugo and Jekyll mark drafts, Buttondown's command line says status and email_type."""
    if head.get("draft", "").lower() == "true" or head.get("published", "").lower() == "false":
        return "It is a draft."
    for key in ("status", "email_type"):
        if _NOT_SENT.fullmatch(head.get(key, "")):
            return f"Its head says {key}: {head[key]}."
    return ""

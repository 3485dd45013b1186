"""A zip, read in place. One that climbs out of itself or swells is refused as a whole.

Names without the mark of UTF-8 are in code page 437 by APPNOTE.TXT 4.4.4 and appendix D, but many
programs write UTF-8 there without saying so.
"""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.files import (
    MOST_FILES,
    SYMBOLIC_LINK,
    ArchiveFile,
    ArchiveFiles,
    require_size,
    sorted_files,
)
from newsletter.reading.archives.found import NotTaken
from newsletter.reading.archives.names import why_not_read

MOST_TIMES_LARGER = 200
"""Text shrinks to a tenth; a thousandth is a bomb."""
_SMALL_BYTES = 4_000_000
_ENCRYPTED, _UTF_8 = 0x1, 0x800
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, RuntimeError, ValueError),
)
"""What the standard library raises for bytes that are none of a zip."""
_MARKS = (b"PK\x03\x04", b"PK\x05\x06")


def is_zip(file: BinaryIO) -> bool:
    """By its mark, so that a broken one is called broken and not a digest."""
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start in _MARKS


@contextmanager
def opened_zip(file: BinaryIO) -> Iterator[ArchiveFiles]:
    """Raises InvalidInput for what is broken, encrypted, or made to do harm."""
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise _broken() from error
    with archive:
        yield _files(archive)


def _files(archive: zipfile.ZipFile) -> ArchiveFiles:
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise _harmful(f"It has {len(members):,} files. The limit is {MOST_FILES:,}.")
    if {member.filename for member in members} & {"[Content_Types].xml", "mimetype"}:
        raise InvalidInput(
            "This is a Word document or another office file, not a zip of digests.",
            advice="Save it as text, Markdown or HTML.",
            field="file",
        )
    files: list[ArchiveFile] = []
    not_taken: list[NotTaken] = []
    for member in members:
        path = _safe_path(member)
        reason = why_not_read(path)
        if reason is None and stat.S_ISLNK(member.external_attr >> 16):
            reason = NotTaken(path, SYMBOLIC_LINK, is_refused=True)
        if reason is not None:
            not_taken.append(reason)
        elif not member.is_dir():
            _require_harmless(member, path)
            files.append(_member(archive, member, path))
    return sorted_files(files, not_taken)


def _safe_path(member: zipfile.ZipInfo) -> str:
    name = _name(member).replace("\\", "/")
    has_drive = len(name) > 1 and name[1] == ":"
    if name.startswith("/") or has_drive or ".." in name.split("/"):
        raise _harmful(f"It has a file that points outside the zip: {name[:100]}.")
    return name


def _name(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & _UTF_8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _require_harmless(member: zipfile.ZipInfo, path: str) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise InvalidInput(
            "This zip is encrypted.", advice="Make one without a password.", field="file"
        )
    require_size(path, member.file_size)
    larger = member.file_size > MOST_TIMES_LARGER * max(1, member.compress_size)
    if larger and member.file_size > _SMALL_BYTES:
        raise _harmful(f"{path} is {member.file_size / 1e6:,.0f} MB of almost nothing.")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str) -> ArchiveFile:
    def read() -> bytes:
        # No more is ever unpacked than the zip says; that it is the whole file, the checksum tells.
        try:
            return archive.read(member)
        except _BROKEN as error:
            raise InvalidInput(
                "This file is broken inside the zip.", advice="Make the zip again."
            ) from error

    return ArchiveFile(path, member.file_size, read)


def _broken() -> InvalidInput:
    return InvalidInput("This zip is broken.", advice="Download or make it again.", field="file")


def _harmful(what: str) -> InvalidInput:
    return InvalidInput(
        f"We don’t open this zip. {what}",
        advice="Unpack it yourself, look at what is in it, and make a new one.",
        field="file",
    )

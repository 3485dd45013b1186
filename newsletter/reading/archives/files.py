"""The files of an archive, and the bounds of what is read of them: they are a stranger's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from newsletter.domain.errors import InvalidInput
from newsletter.reading.archives.found import NotTaken
from newsletter.reading.archives.names import in_natural_order

MOST_FILES = 20_000
MOST_BYTES = 500_000_000
"""Of all that is read, unpacked."""
LARGEST_FILE_BYTES = 64_000_000
"""An export of a whole service may be one file."""

SYMBOLIC_LINK = "This is a symbolic link. Put the file itself in its place."


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """`path` is relative, with `/`. `read` raises InvalidInput."""

    path: str
    size_bytes: int
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ArchiveFiles:
    """Those that may hold issues, in the order of their names, and those that don't."""

    files: tuple[ArchiveFile, ...]
    not_taken: tuple[NotTaken, ...] = ()

    def named(self, name: str) -> ArchiveFile | None:
        """The one with that name, in whichever folder."""
        return next((file for file in self.files if file.name.lower() == name), None)


def sorted_files(files: list[ArchiveFile], not_taken: list[NotTaken] | None = None) -> ArchiveFiles:
    """Raises InvalidInput for too many, or too much."""
    if len(files) > MOST_FILES:
        raise InvalidInput(
            f"There are {len(files):,} files in it. The limit is {MOST_FILES:,}.",
            advice="Import it in parts.",
            field="file",
        )
    if sum(file.size_bytes for file in files) > MOST_BYTES:
        raise InvalidInput(
            f"Unpacked, it is larger than {MOST_BYTES / 1e6:,.0f} MB.",
            advice="Import it in parts.",
            field="file",
        )
    in_order = sorted(files, key=lambda file: in_natural_order(file.path))
    return ArchiveFiles(tuple(in_order), tuple(not_taken or ()))


def require_size(path: str, size_bytes: int) -> None:
    if size_bytes > LARGEST_FILE_BYTES:
        raise InvalidInput(
            f"{path} is {size_bytes / 1e6:,.0f} MB. The limit is {LARGEST_FILE_BYTES / 1e6:,.0f}.",
            advice="Split it.",
            field="file",
        )


def read_whole(file: BinaryIO, path: str) -> bytes:
    file.seek(0)
    data = file.read(LARGEST_FILE_BYTES + 1)
    require_size(path, len(data))
    return data

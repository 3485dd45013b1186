"""The files of a folder and of those in it. No symbolic link is followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from newsletter.reading.archives.files import (
    MOST_FILES,
    SYMBOLIC_LINK,
    ArchiveFile,
    ArchiveFiles,
    read_whole,
    sorted_files,
)
from newsletter.reading.archives.found import NotTaken
from newsletter.reading.archives.names import why_not_read


def files_in_folder(root: Path) -> ArchiveFiles:
    files: list[ArchiveFile] = []
    not_taken: list[NotTaken] = []
    for folder, names, leaves in os.walk(root):
        names.sort()
        for name in [*names, *sorted(leaves)]:
            path = Path(folder, name)
            shown = _shown(path.relative_to(root))
            reason = why_not_read(f"{shown}/" if name in names else shown)
            if reason is None and path.is_symlink():
                reason = NotTaken(shown, SYMBOLIC_LINK, is_refused=True)
            if reason is not None:
                not_taken.append(reason)
            elif name not in names and stat.S_ISREG(path.lstat().st_mode):
                files.append(_file_in_folder(path, shown))
        names[:] = [name for name in names if not why_not_read(f"{name}/")]
        if len(files) > MOST_FILES:
            break
    return sorted_files(files, not_taken)


def _file_in_folder(path: Path, shown: str) -> ArchiveFile:
    def read() -> bytes:
        # It may have become a link since the folder was listed.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return read_whole(file, shown)

    return ArchiveFile(shown, path.lstat().st_size, read)


def _shown(path: Path) -> str:
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")

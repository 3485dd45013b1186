"""Opens a folder, a zip or one file. Nothing is unpacked to disk, and every size has a bound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsletter.reading.archives.files import ArchiveFile, ArchiveFiles, read_whole, sorted_files
from newsletter.reading.archives.folders import files_in_folder
from newsletter.reading.archives.zip_files import is_zip, opened_zip


@contextmanager
def opened_path(path: Path) -> Iterator[ArchiveFiles]:
    """Raises InvalidInput, and OSError for what is not there."""
    if path.is_dir():
        yield files_in_folder(path)
        return
    with path.open("rb") as file, opened_file(file, path.name) as files:
        yield files


@contextmanager
def opened_file(file: BinaryIO, name: str) -> Iterator[ArchiveFiles]:
    """A zip, by its content, or one file, by its name. Raises InvalidInput."""
    if is_zip(file):
        with opened_zip(file) as files:
            yield files
        return
    size = file.seek(0, os.SEEK_END)
    yield sorted_files([ArchiveFile(name, size, lambda: read_whole(file, name))])

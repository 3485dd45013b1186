"""Pictures that we serve, as files named by the SHA-256 of what is in them.

Beside them is kept which address a picture came from, so that none is fetched twice.
"""

from __future__ import annotations

import re
import threading
from hashlib import sha256
from pathlib import Path

from newsletter.durable_files import replace_file, sync_directory

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg"}
_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpg)")
_ADDRESSES = "addresses"
_WRITING = threading.Lock()
"""Two threads that keep the same picture would use one temporary file."""


def keep_picture(directory: Path, data: bytes, extension: str) -> str:
    """Its name. It is on the disk on return. Raises OSError."""
    name = f"{sha256(data).hexdigest()}.{extension}"
    _put(directory / name, data)
    return name


def read_kept_picture(directory: Path, name: str) -> bytes | None:
    if not _NAME.fullmatch(name):
        return None
    try:
        return (directory / name).read_bytes()
    except FileNotFoundError:
        return None


def kept_pictures(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*") if _NAME.fullmatch(path.name))


def remember_address(directory: Path, url: str, name: str) -> None:
    """Call it when the picture is kept. Raises OSError."""
    _put(_address_file(directory, url), name.encode())


def picture_from(directory: Path, url: str) -> str:
    """The name of the picture that came from there; "" if none did, or it is gone."""
    try:
        name = _address_file(directory, url).read_text()
    except FileNotFoundError:
        return ""
    return name if _NAME.fullmatch(name) and (directory / name).exists() else ""


def _address_file(directory: Path, url: str) -> Path:
    return directory / _ADDRESSES / sha256(url.encode()).hexdigest()


def _put(path: Path, content: bytes) -> None:
    with _WRITING:
        if path.exists() and path.read_bytes() == content:
            return
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
            sync_directory(path.parent.parent)
        replace_file(path, content)

"""Pictures that we serve, as files named by the SHA-256 of what is in them.

Beside them is kept which address a picture came from, so that none is fetched twice, and what was
deleted and can still come back, which nobody is served.
media_stores.py knows where the files are.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from newsletter.spool.media_stores import MediaStore

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|webp)")
_ADDRESSES = "addresses"
_DELETED = "deleted"
NO_PICTURE = f"{'0' * 64}.png"
"""A name that no picture has."""


def keep_picture(store: MediaStore, data: bytes, extension: str) -> str:
    """Its name. It is kept for good on return. Raises OSError."""
    name = f"{sha256(data).hexdigest()}.{extension}"
    store.write(name, data)
    store.delete(_aside(name))
    return name


def read_kept_picture(store: MediaStore, name: str) -> bytes | None:
    """Raises OSError where the store can't be reached."""
    return store.read(name) if _NAME.fullmatch(name) else None


def set_aside(store: MediaStore, name: str) -> None:
    """Nobody is served it until it is put back. One that is gone is no error. Raises OSError."""
    if (data := read_kept_picture(store, name)) is not None:
        store.write(_aside(name), data)
        store.delete(name)


def put_back(store: MediaStore, name: str) -> bool:
    """Whether it is served now. Raises OSError."""
    data = store.read(_aside(name)) if _NAME.fullmatch(name) else None
    if data is None:
        return store.has(name)
    store.write(name, data)
    store.delete(_aside(name))
    return True


def delete_kept_picture(store: MediaStore, name: str) -> None:
    """One that is gone is no error. Raises OSError."""
    if _NAME.fullmatch(name):
        store.delete(name)
        store.delete(_aside(name))


def delete_set_aside(store: MediaStore, name: str) -> None:
    """For one that is served still, because another newsletter shows it. Raises OSError."""
    store.delete(_aside(name))


def kept_pictures(directory: Path) -> list[Path]:
    """Those on this machine's disk."""
    return sorted(path for path in directory.glob("*") if _NAME.fullmatch(path.name))


def folder_trouble(directory: Path) -> str:
    """Why pictures of this machine's disk can't be read or added; "" if they can."""
    if not directory.is_dir():
        return f"The folder of pictures, {directory}, is missing."
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        return f"The folder of pictures, {directory}, can't be read or written."
    return ""


def pictures_set_aside(directory: Path) -> list[Path]:
    return kept_pictures(directory / _DELETED)


def remember_address(store: MediaStore, url: str, name: str) -> None:
    """Call it when the picture is kept. Raises OSError."""
    store.write(_address_file(url), name.encode())


def picture_from(store: MediaStore, url: str) -> str:
    """The name of the picture that came from there; "" if none did, or it is gone."""
    kept = store.read(_address_file(url))
    name = kept.decode() if kept else ""
    return name if _NAME.fullmatch(name) and store.has(name) else ""


def _aside(name: str) -> str:
    return f"{_DELETED}/{name}"


def _address_file(url: str) -> str:
    return f"{_ADDRESSES}/{sha256(url.encode()).hexdigest()}"

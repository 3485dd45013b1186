"""Pictures that we serve, as files named by the SHA-256 of what is in them.

Beside them is kept which address a picture came from, so that none is fetched twice.
media_stores.py knows where the files are.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from newsletter.spool.media_stores import MediaStore

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|webp)")
_ADDRESSES = "addresses"
NO_PICTURE = f"{'0' * 64}.png"
"""A name that no picture has."""


def keep_picture(store: MediaStore, data: bytes, extension: str) -> str:
    """Its name. It is kept for good on return. Raises OSError."""
    name = f"{sha256(data).hexdigest()}.{extension}"
    store.write(name, data)
    return name


def read_kept_picture(store: MediaStore, name: str) -> bytes | None:
    """Raises OSError where the store can't be reached."""
    return store.read(name) if _NAME.fullmatch(name) else None


def delete_kept_picture(store: MediaStore, name: str) -> None:
    """One that is gone is no error. Raises OSError."""
    if _NAME.fullmatch(name):
        store.delete(name)


def kept_pictures(directory: Path) -> list[Path]:
    """Those on this machine's disk."""
    return sorted(path for path in directory.glob("*") if _NAME.fullmatch(path.name))


def remember_address(store: MediaStore, url: str, name: str) -> None:
    """Call it when the picture is kept. Raises OSError."""
    store.write(_address_file(url), name.encode())


def picture_from(store: MediaStore, url: str) -> str:
    """The name of the picture that came from there; "" if none did, or it is gone."""
    kept = store.read(_address_file(url))
    name = kept.decode() if kept else ""
    return name if _NAME.fullmatch(name) and store.has(name) else ""


def _address_file(url: str) -> str:
    return f"{_ADDRESSES}/{sha256(url.encode()).hexdigest()}"

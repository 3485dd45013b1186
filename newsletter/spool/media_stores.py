"""Where pictures are kept: a folder, or a bucket of any store that speaks S3.

Names are paths without a leading slash. What is written is never changed under the same name, so
nothing here locks out other processes.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured
from newsletter.domain.operations.service_urls import BucketAddress, bucket_address
from newsletter.durable_files import replace_file, sync_directory

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

PATIENCE = timedelta(seconds=20)
"""For one request to a bucket, and for what is tried again."""
_WRITING = threading.Lock()
"""Two threads that keep the same picture would use one temporary file."""


class MediaStore(Protocol):
    """Each raises OSError where the disk is full or the bucket can't be reached."""

    def read(self, name: str) -> bytes | None:
        """None if it is not there."""

    def has(self, name: str) -> bool: ...

    def write(self, name: str, data: bytes) -> None:
        """Kept for good on return."""

    def delete(self, name: str) -> None:
        """One that is not there is no error."""


def media_store(settings: Settings) -> MediaStore:
    """Raises Misconfigured. Opens no connection."""
    return _opened(settings.media_store, settings.media_dir)


class Folder:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> bytes | None:
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        return (self._directory / name).exists()

    def write(self, name: str, data: bytes) -> None:
        path = self._directory / name
        with _WRITING:
            if self.read(name) == data:
                return
            if not path.parent.exists():
                path.parent.mkdir(parents=True, mode=0o700)
                sync_directory(path.parent.parent)
            replace_file(path, data)

    def delete(self, name: str) -> None:
        (self._directory / name).unlink(missing_ok=True)


class Bucket:
    def __init__(self, store: S3Store) -> None:
        self._store = store

    def read(self, name: str) -> bytes | None:
        with _as_os_errors():
            try:
                return self._store.get(name).bytes().to_bytes()
            except FileNotFoundError:
                return None

    def has(self, name: str) -> bool:
        with _as_os_errors():
            try:
                self._store.head(name)
            except FileNotFoundError:
                return False
        return True

    def write(self, name: str, data: bytes) -> None:
        with _as_os_errors():
            self._store.put(name, data, use_multipart=False)

    def delete(self, name: str) -> None:
        with _as_os_errors():
            self._store.delete(name)


@lru_cache(maxsize=8)
def _opened(url: str, directory: Path) -> MediaStore:
    return Bucket(_bucket(bucket_address(url))) if url else Folder(directory)


def _bucket(address: BucketAddress) -> S3Store:
    """Without a login, those of the environment or of the machine's role are used."""
    try:
        from obstore.store import S3Store  # noqa: PLC0415  an extra, and large
    except ImportError as error:
        raise Misconfigured(
            "MEDIA_STORE needs the package obstore, which is not installed.",
            advice="Install it with: pip install 'newsletter[s3]'",
        ) from error
    config: S3Config = {
        "region": address.region,
        "virtual_hosted_style_request": address.is_virtual_hosted,
    }
    if address.endpoint:
        config["endpoint"] = address.endpoint
    if address.key:
        config |= {"access_key_id": address.key, "secret_access_key": address.secret}
    return S3Store(
        address.bucket,
        prefix=address.prefix or None,
        config=config,
        client_options={
            "timeout": PATIENCE,
            "connect_timeout": PATIENCE / 4,
            "allow_http": address.endpoint.startswith("http://"),
        },
        retry_config={"max_retries": 2, "retry_timeout": PATIENCE},
    )


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """A bucket that can't be reached is to its callers what a full disk is."""
    from obstore.exceptions import BaseError  # noqa: PLC0415  as above

    try:
        yield
    except BaseError as error:
        reason = " ".join(str(error).partition("\n")[0].split())[:300]
        raise OSError(errno.EIO, reason) from error

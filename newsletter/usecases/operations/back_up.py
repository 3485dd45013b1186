"""Backs up the whole service into one file: the database, secrets, DKIM keys and pictures."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy.exc import DBAPIError

from newsletter.config import SHARED_FILE, Settings
from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.durable_files import sync_directory
from newsletter.spool.pictures import kept_pictures, pictures_set_aside
from newsletter.store.dumps import dump
from newsletter.store.schema import current_revision
from newsletter.usecases.context import Context
from newsletter.usecases.staff.downloads import record_download

ABOUT = "backup.json"
DKIM = "dkim/"
MEDIA = "media/"
SET_ASIDE = "media/deleted/"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class AboutBackup:
    """`revision` is that of the schema. `has_secrets`: those of shared.env are in it."""

    made_at: datetime
    is_sqlite: bool
    revision: str
    has_secrets: bool
    format: int = FORMAT

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"made_at": self.made_at.isoformat()}


def back_up(context: Context, path: Path, principal: Principal) -> AboutBackup:
    """Writes `path`, for its owner only. An older file there stays until the new one is complete.

    Raises Misconfigured if the database is empty or the file can't be written.
    """
    require(principal, "back_up")
    revision = current_revision(context.database)
    if revision is None:
        raise Misconfigured("The database is empty, so there is nothing to back up.")
    with suppress(DBAPIError):  # a full disk, or a revision from before: a backup matters more
        record_download(context, principal, Action.SERVER_BACKED_UP, None)
    shared = context.settings.var_dir / SHARED_FILE
    about = AboutBackup(context.now(), context.database.is_sqlite, revision, shared.exists())
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(context, temporary, about)
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise Misconfigured(
            f"{path} can't be written: {(error.strerror or str(error)).lower()}.",
            advice="Check that the folder exists and its disk has room.",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return about


def about_backup(path: Path) -> AboutBackup:
    """Raises InvalidInput if `path` is not a complete backup that this version can read."""
    try:
        with ZipFile(path) as archive:
            values = json.loads(archive.read(ABOUT))
            damaged = archive.testzip()
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise _not_a_backup(path) from error
    if damaged or values.get("format") != FORMAT:
        raise _not_a_backup(path)
    return AboutBackup(**values | {"made_at": datetime.fromisoformat(values["made_at"])})


def _write(context: Context, path: Path, about: AboutBackup) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(ABOUT, json.dumps(about.to_json(), indent=2))
            for name, source in _files(context.settings):
                archive.write(source, name)
            dump(context.database, archive, path.parent)
        file.flush()
        os.fsync(file.fileno())


def _files(settings: Settings) -> list[tuple[str, Path]]:
    """The secrets of `newsletter up`, the DKIM keys and pictures, by their names in the archive."""
    shared = settings.var_dir / SHARED_FILE
    keys = sorted(path for path in settings.dkim_directory.glob("*") if path.is_file())
    found = [(SHARED_FILE, shared)] if shared.exists() else []
    found += [(MEDIA + path.name, path) for path in kept_pictures(settings.media_dir)]
    found += [(SET_ASIDE + path.name, path) for path in pictures_set_aside(settings.media_dir)]
    return found + [(DKIM + path.name, path) for path in keys]


def _not_a_backup(path: Path) -> InvalidInput:
    return InvalidInput(
        f"{path} is not a complete backup made by this version.",
        advice="Use a file that `newsletter backup` made.",
    )

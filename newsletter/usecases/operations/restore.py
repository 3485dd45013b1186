"""Restores a backup: the database and the files beside it, with what was under way held."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from newsletter.config import SHARED_FILE, read_shared_file, write_shared_file
from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.departures import Departure, DepartureKind
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.durable_files import replace_file
from newsletter.spool.journal import dead_owners, forget_evidence
from newsletter.spool.media_stores import MediaStore, media_store
from newsletter.spool.pictures import keep_picture, set_aside
from newsletter.store.database import Database
from newsletter.store.dumps import drop_tables, load_sqlite, load_tables, replacing, skip_ids
from newsletter.store.events import record_event
from newsletter.store.operations import beat
from newsletter.store.schema import current_revision, migrate, migrate_on
from newsletter.usecases.context import Context
from newsletter.usecases.operations.apply_departures import apply_departures
from newsletter.usecases.operations.back_up import (
    DKIM,
    MEDIA,
    SET_ASIDE,
    AboutBackup,
    about_backup,
    back_up,
)
from newsletter.usecases.operations.hold_restored import Held, hold_what_was_under_way

SKIPPED_BEATS = 10**9
"""So that no machine that saw a later beat of the former database takes this for an older one."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`former` is where the database as it was is kept; None if there was none."""

    about: AboutBackup
    held: Held
    departures: dict[DepartureKind, int]
    former: Path | None


def restore_files(context: Context, path: Path, principal: Principal) -> AboutBackup:
    """Puts back the secrets, keys and pictures. Read the settings again before `restore_database`.

    Raises InvalidInput for a file that is no backup, or one of another kind of database.
    """
    require(principal, "restore_files")
    about, settings = about_backup(path), context.settings
    if about.is_sqlite != context.database.is_sqlite:
        kind = "SQLite" if about.is_sqlite else "PostgreSQL"
        raise InvalidInput(
            f"This is a backup of a {kind} database, and DATABASE_URL names another kind.",
            advice="Restore it into the same kind of database.",
        )
    with ZipFile(path) as archive:
        if about.has_secrets:
            _put_back_secrets(settings.var_dir, archive)
        _put_back_keys(settings.dkim_directory, archive)
        _put_back_pictures(media_store(settings), archive)
    return about


def restore_database(
    context: Context, path: Path, departures: list[Departure], principal: Principal
) -> Restored:
    """Call it when no process uses the database. A failure leaves it as it was."""
    require(principal, "restore_database")
    about = about_backup(path)
    owners = dead_owners(context.settings.journal_path)
    put_back = _put_back_sqlite if about.is_sqlite else _put_back_tables
    held, former = put_back(context, path, about, owners, principal)
    left = apply_departures(context, departures, about.made_at)
    # The last step: until then the next start would notice an old backup, and do the rest.
    with context.database.write() as session:
        beat(session, "ticker", context.now(), skip=SKIPPED_BEATS)
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.SERVER_RESTORED,
            subject_id=0,
            facts={"made_at": about.made_at.isoformat()},
        )
    for owner in owners:
        forget_evidence(context.settings.journal_path, owner)
    return Restored(about, held, left, former)


def _put_back_sqlite(
    context: Context, path: Path, about: AboutBackup, owners: list[str], _: Principal
) -> tuple[Held, Path | None]:
    current = Path(make_url(context.database.url).database or "")
    former = current.with_name(f"{current.name}.{_before_restore(context)}")
    context.database.dispose()
    existed = current.exists()
    with replacing(current, former) as new:
        with ZipFile(path) as archive:
            load_sqlite(archive, new)
        database = Database(f"sqlite:///{new}")
        migrate(database, context.settings.address_hash_key)
        with database.write() as session:
            skip_ids(session.connection())
            held = hold_what_was_under_way(context, session, owners, about.made_at)
        database.dispose()
    return held, former if existed else None


def _put_back_tables(
    context: Context, path: Path, about: AboutBackup, owners: list[str], principal: Principal
) -> tuple[Held, Path | None]:
    """In one transaction."""
    former = None
    if current_revision(context.database) is not None:
        former = context.settings.var_dir / f"{_before_restore(context)}.backup"
        back_up(context, former, principal)
    key = context.settings.address_hash_key
    with context.database.engine.begin() as connection:
        drop_tables(connection)
        migrate_on(connection, key, about.revision)
        with ZipFile(path) as archive:
            load_tables(connection, archive)
        skip_ids(connection)  # before the upgrade, which may add rows
        migrate_on(connection, key)
        held = _hold(context, connection, owners, about)
    return held, former


def _before_restore(context: Context) -> str:
    """Of this restore alone: the backup to restore may be the one that an earlier restore made."""
    return f"before-restore-{context.now():%Y%m%dT%H%M%S%f}"


def _hold(context: Context, connection: Connection, owners: list[str], about: AboutBackup) -> Held:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        held = hold_what_was_under_way(context, session, owners, about.made_at)
        session.commit()
    return held


def _put_back_secrets(var_dir: Path, archive: ZipFile) -> None:
    """The backup's, as its links and hashes need them. The present key goes on signing, so links in
    mail that was sent since the backup work as well.
    """
    present = read_shared_file(var_dir)
    if present:
        replace_file(var_dir / f"{SHARED_FILE}.before-restore", _bytes_of(var_dir / SHARED_FILE))
    replace_file(var_dir / SHARED_FILE, archive.read(SHARED_FILE))
    former = read_shared_file(var_dir)
    keys = [*former.get("SECRET_KEYS", "").split(","), *present.get("SECRET_KEYS", "").split(",")]
    former["SECRET_KEYS"] = ",".join(dict.fromkeys(filter(None, keys)))
    write_shared_file(var_dir, former)


def _put_back_keys(directory: Path, archive: ZipFile) -> None:
    """Only where there are none: keys that were made since sign with records that are published."""
    names = [name for name in archive.namelist() if name.startswith(DKIM)]
    if not names or any(directory.glob("*")):
        return
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in names:
        replace_file(directory / Path(name).name, archive.read(name))


def _put_back_pictures(store: MediaStore, archive: ZipFile) -> None:
    """To those that are there: each is named by its content."""
    for name in archive.namelist():
        if name.startswith(MEDIA):
            kept = keep_picture(store, archive.read(name), name.rpartition(".")[2])
            if name.startswith(SET_ASIDE):
                set_aside(store, kept)


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes()

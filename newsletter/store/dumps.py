"""The whole database as files of an archive, and back.

SQLite by its backup API, PostgreSQL by COPY. Both are one consistent moment, and
nobody waits while they are made.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Connection, MetaData, func, select, text

from newsletter.durable_files import sync_directory
from newsletter.store.database import Database
from newsletter.store.models import Base

SQLITE_FILE = "newsletter.db"
_TABLES = "tables/"
_CHUNK_BYTES = 1 << 20
_DERIVED = {
    "subscriber_attributes",  # up to revision 0046, which is backed up before it is upgraded
    *(table.name for table in Base.metadata.tables.values() if table.info.get("is_derived")),
}
"""Triggers fill them again."""


def dump(database: Database, archive: ZipFile, scratch: Path) -> None:
    """`scratch` is a folder with room for a copy of the database."""
    if database.is_sqlite:
        with TemporaryDirectory(dir=scratch, prefix=".backup-") as folder:
            copy = Path(folder) / SQLITE_FILE
            _copy_sqlite(database, copy)
            archive.write(copy, SQLITE_FILE)
        return
    with database.engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        _dump_tables(connection, archive)


def load_sqlite(archive: ZipFile, target: Path) -> None:
    with archive.open(SQLITE_FILE) as stored, target.open("wb") as file:
        shutil.copyfileobj(stored, file, _CHUNK_BYTES)


def load_tables(connection: Connection, archive: ZipFile) -> None:
    """Into empty tables of the archive's revision. The caller commits."""
    names = [name for name in archive.namelist() if name.startswith(_TABLES)]
    for name in names:
        table, _, columns = name.removeprefix(_TABLES).partition("/")
        with archive.open(name) as stored:
            statement = f"COPY {_quoted(table)} ({_listed(columns.split(','))}) FROM STDIN"
            with _cursor(connection).copy(statement) as copy:
                while chunk := stored.read(_CHUNK_BYTES):
                    copy.write(chunk)


def drop_tables(connection: Connection) -> None:
    """All tables of this PostgreSQL schema. The caller commits."""
    for table in reversed(_tables(connection)):
        connection.execute(text(f"DROP TABLE {_quoted(table.name)} CASCADE"))
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


def skip_ids(connection: Connection) -> None:
    """No id that was given after the backup was made is given again: links in mail name them."""
    advance = _ADVANCE[connection.dialect.name]
    for table in _tables(connection):
        if [column.name for column in table.primary_key] == ["id"]:
            highest = connection.scalar(select(func.max(table.c.id))) or 0
            values = {"name": table.name, "next": highest * 2 + 1000}
            connection.execute(text(advance), values)


_ADVANCE = {
    "sqlite": "UPDATE sqlite_sequence SET seq = max(seq * 2 + 1000, :next) WHERE name = :name",
    "postgresql": "SELECT setval(pg_get_serial_sequence(:name, 'id'), :next)",
}


@contextmanager
def replacing(current: Path, former: Path) -> Iterator[Path]:
    """Yields the path of a new SQLite file, which then takes the place of `current`.

    That one is kept as `former`. An exception leaves it in place.
    """
    new = current.with_name(f".{current.name}.restored")
    _remove(new)
    try:
        yield new
        _fold_wal(new)
        if current.exists():
            _fold_wal(current)
            former.unlink(missing_ok=True)
            former.hardlink_to(current)
        new.replace(current)
        sync_directory(current.parent)
    finally:
        _remove(new)


def _copy_sqlite(database: Database, target: Path) -> None:
    with database.engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
        driver: Any = connection.connection.driver_connection
        driver.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _fold_wal(path: Path) -> None:
    """A log left beside another database would be read into it."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.DatabaseError:  # damaged: that is why it is replaced
        for suffix in ("-wal", "-shm"):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.replace(path.with_name(f"{path.name}.damaged{suffix}"))


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _dump_tables(connection: Connection, archive: ZipFile) -> None:
    """Each file is named by its table and columns, parents before their children."""
    for table in _tables(connection):
        if table.name in _DERIVED:
            continue
        columns = [column.name for column in table.columns]
        name = f"{_TABLES}{table.name}/{','.join(columns)}"
        statement = f"COPY {_quoted(table.name)} ({_listed(columns)}) TO STDOUT"
        with (
            archive.open(name, "w", force_zip64=True) as stored,
            _cursor(connection).copy(statement) as copy,
        ):
            for chunk in copy:
                stored.write(chunk)


def _tables(connection: Connection) -> list[Any]:
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _cursor(connection: Connection) -> Any:
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _listed(columns: list[str]) -> str:
    return ", ".join(_quoted(column) for column in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

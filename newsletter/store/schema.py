"""The revision of the database's schema, and migrations.

Importing Alembic takes as long as all the work of a command, so only migrations import it. Every
process that starts asks for the revision.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import OperationalError

from newsletter.domain.errors import Misconfigured
from newsletter.store.database import Database
from newsletter.store.models import Base

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_REVISIONS = table("alembic_version", column("version_num"))


def migrate(database: Database, address_hash_key: str = "") -> None:
    """Migrates the database to the newest revision and commits. Raises Misconfigured.

    With `address_hash_key`, hashes of known addresses are computed again where their keys change.
    """
    _require_known(current_revision(database))
    with _reachable(database).begin() as connection:
        migrate_on(connection, address_hash_key)


def migrate_on(connection: Connection, address_hash_key: str = "", revision: str = "head") -> None:
    """As `migrate`, in the transaction of `connection`, up to `revision`. The caller commits."""
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["address_hash_key"] = address_hash_key
    command.upgrade(config, revision)


def require_current(database: Database) -> None:
    """Raises Misconfigured if the database is not at the revision of this version."""
    have, want = current_revision(database), newest_revision()
    if have != want:
        raise Misconfigured(
            f"The database is at revision {have or 'none (empty)'}. This version needs {want}.",
            advice="Back it up, then run `newsletter db upgrade`.",
        )


def current_revision(database: Database) -> str | None:
    """None for an empty database. Raises Misconfigured if it can't be reached."""
    with _reachable(database).connect() as connection:
        if not inspect(connection).has_table(_REVISIONS.name):
            return None
        return connection.scalars(select(_REVISIONS.c.version_num)).one_or_none()


def newest_revision() -> str:
    return max(_known_revisions())


def difference_from_models(database: Database) -> list[str]:
    """What a new migration would have to do; empty if the tables match the models."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    with _reachable(database).connect() as connection:
        options = {"compare_type": True, "include_object": _is_modelled}
        migrations = MigrationContext.configure(connection, opts=options)
        return [str(change) for change in compare_metadata(migrations, Base.metadata)]


def _is_modelled(_thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Trigram indexes exist only on databases that support them."""
    return not (kind == "index" and (name or "").endswith("_trgm"))


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in _known_revisions():
        raise Misconfigured(
            f"The database is at revision {revision}, which this version does not know.",
            advice="A newer version has used it. Run that version, or restore a backup.",
        )


def _known_revisions() -> set[str]:
    """The numbers that the file names of the migrations begin with."""
    return {path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*_*.py")}


def _reachable(database: Database) -> Engine:
    try:
        with database.engine.connect():
            return database.engine
    except OperationalError as error:
        raise Misconfigured(
            f"The database can't be reached: {error.orig}",
            advice="Check DATABASE_URL and that the server is running.",
        ) from error

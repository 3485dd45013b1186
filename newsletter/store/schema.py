"""The schema's revision: where the database stands, and bringing it up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from newsletter.domain.errors import Misconfigured
from newsletter.store.database import Database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrate(database: Database) -> None:
    """Brings the database to the newest revision; harmless when it is there already."""
    with _reachable(database).begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(database: Database) -> None:
    """Raises Misconfigured when the tables are not those that this version works with."""
    have, want = current_revision(database), newest_revision()
    if have != want:
        raise Misconfigured(
            f"The database is at revision {have or 'none (empty)'}, this version needs {want}.",
            advice="Run `newsletter db upgrade` (after a backup).",
        )


def current_revision(database: Database) -> str | None:
    with _reachable(database).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _reachable(database: Database) -> Engine:
    try:
        with database.engine.connect():
            return database.engine
    except OperationalError as error:
        raise Misconfigured(
            f"The database can't be reached: {error.orig}",
            advice="Check DATABASE_URL, and that the server is running.",
        ) from error

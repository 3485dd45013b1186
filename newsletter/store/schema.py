"""The schema's revision: where the database stands, and bringing it up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from newsletter.domain.errors import Misconfigured
from newsletter.store.database import Database
from newsletter.store.models import Base

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrate(database: Database) -> None:
    """Brings the database to the newest revision; harmless when it is there already."""
    _require_known(current_revision(database))
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


def difference_from_models(database: Database) -> list[str]:
    """What a new migration would have to do; empty when the tables are what the models say."""
    with _reachable(database).connect() as connection:
        options = {"compare_type": True}
        migrations = MigrationContext.configure(connection, opts=options)
        return [str(change) for change in compare_metadata(migrations, Base.metadata)]


def _require_known(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise Misconfigured(
            f"The database is at revision {revision}, which this version does not know.",
            advice="A newer version has used it: run that one, or restore a backup.",
        )


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

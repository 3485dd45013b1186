"""`newsletter db`: where the schema stands, bringing it up to date, checking the migrations."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from newsletter.cli.shell import json_option, print_json
from newsletter.config import load_settings
from newsletter.domain.errors import Conflict


@click.group()
def db() -> None:
    """The database: its schema and migrations."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema.

    Harmless when it is there already. Make a backup first: there is no way back.
    """
    from newsletter.store.database import Database
    from newsletter.store.schema import current_revision, migrate

    database = Database(load_settings().database_url)
    before = current_revision(database)
    migrate(database)
    after = current_revision(database)
    click.echo(f"The database was at {before or 'nothing (empty)'} and is now at {after}.")


@db.command()
@json_option
def status(as_json: bool) -> None:  # noqa: FBT001
    """Say where the database stands, and what this version needs."""
    from newsletter.store.database import Database
    from newsletter.store.schema import current_revision, newest_revision

    have = current_revision(Database(load_settings().database_url))
    want = newest_revision()
    if as_json:
        print_json({"revision": have, "newest": want, "is_current": have == want})
        return
    advice = "it is current" if have == want else "run `newsletter db upgrade`"
    click.echo(f"The database is at {have or 'nothing (empty)'}, the newest is {want}: {advice}.")


@db.command()
def check() -> None:
    """Check that the migrations, from empty, make what the models say.

    Works on a temporary SQLite database; yours is not touched.
    """
    from newsletter.store.database import Database
    from newsletter.store.schema import difference_from_models, migrate

    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite:///{Path(directory) / 'check.db'}")
        migrate(database)
        differences = difference_from_models(database)
        database.dispose()
    if differences:
        raise Conflict(
            "The migrations do not make what the models say:\n" + "\n".join(differences) + "\n",
            advice="Write a migration for it.",
        )
    click.echo("The migrations make what the models say.")

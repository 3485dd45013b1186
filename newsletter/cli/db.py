"""`newsletter db`: shows, upgrades and checks the database schema."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from newsletter.cli.shell import json_option, print_json, unattended
from newsletter.config import load_settings
from newsletter.domain.errors import Conflict


@click.group()
def db() -> None:
    """Upgrade and check the database schema."""


@db.command()
@unattended
def upgrade() -> None:
    """Upgrade the database to the newest schema.

    Does nothing if it is current. Back up first: you can't downgrade.
    """
    from newsletter.store.database import Database
    from newsletter.store.schema import current_revision, migrate

    settings = load_settings()
    database = Database(settings.database_url)
    before = current_revision(database)
    migrate(database, settings.address_hash_key)
    after = current_revision(database)
    click.echo(f"Upgraded the database from {before or 'nothing (empty)'} to {after}.")


@db.command()
@json_option
def status(as_json: bool) -> None:  # noqa: FBT001
    """Show the revision of the database and the one this version needs."""
    from newsletter.store.database import Database
    from newsletter.store.schema import current_revision, newest_revision

    have = current_revision(Database(load_settings().database_url))
    want = newest_revision()
    if as_json:
        print_json({"revision": have, "newest": want, "is_current": have == want})
        return
    advice = "It is current." if have == want else "Run `newsletter db upgrade`."
    click.echo(f"The database is at {have or 'nothing (empty)'}. The newest is {want}. {advice}")


@db.command()
def check() -> None:
    """Check that the migrations match the models.

    Uses a temporary SQLite database. Yours is not touched.
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
            "The migrations do not match the models:\n" + "\n".join(differences) + "\n",
            advice="Write a migration.",
        )
    click.echo("The migrations match the models.")

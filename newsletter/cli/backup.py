"""`newsletter backup` and `newsletter restore`: the whole service in one file, and back."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.shell import command_line_principal, unattended
from newsletter.config import load_settings
from newsletter.domain.errors import Conflict

if TYPE_CHECKING:
    from newsletter.config import Settings
    from newsletter.domain.readers.departures import Departure
    from newsletter.usecases.operations.restore import Restored

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_WATCH_S = 3.0
"""A ticker beats every second."""
_RECENT = timedelta(seconds=30)


@click.command()
@_FILE
@unattended
def backup(file: Path) -> None:
    """Back up the whole service to FILE.

    It may be done at any time, also while mail is sent. FILE has the database, SECRET_KEYS and
    ADDRESS_HASH_KEY as `newsletter up` made them, the DKIM keys, and pictures that were fetched.
    Keep it secret. Replaces FILE when the new backup is complete.
    """
    from newsletter.usecases.context import open_context
    from newsletter.usecases.operations.back_up import back_up

    context = open_context(load_settings())
    try:
        about = back_up(context, file.absolute(), command_line_principal())
    finally:
        context.database.dispose()
    click.echo(f"Backed up to {file} ({file.stat().st_size:,} bytes). Keep it secret.")
    if not about.has_secrets:
        click.echo("SECRET_KEYS and ADDRESS_HASH_KEY are not in it. Keep a copy of them, too.")


@click.command()
@_FILE
@click.option(
    "--departures",
    "others",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of departures of another machine. Can be repeated.",
)
@click.confirmation_option(prompt="Replace the database with the backup?")
@unattended
def restore(file: Path, others: tuple[Path, ...]) -> None:
    """Restore the backup in FILE. Stop the service first.

    What was being sent when the backup was made is paused, because it may have been sent since. Who
    left, was suppressed or was erased since then is gone again, as VAR_DIR/departures says. The
    database as it was is kept. Asks first, unless you give --yes.
    """
    from newsletter.runtime.single import single_instance
    from newsletter.usecases.context import open_context
    from newsletter.usecases.operations.restore import restore_database, restore_files

    settings, who = load_settings(), command_line_principal()
    with single_instance(settings.var_dir):
        _require_no_ticker(settings)
        restore_files(open_context(settings), file, who)
        # Again: the secrets are those of the backup now.
        context = open_context(load_settings())
        done = restore_database(context, file, _departures(settings, others), who)
        context.database.dispose()
    _show(done)


def _departures(settings: Settings, others: tuple[Path, ...]) -> list[Departure]:
    from newsletter.spool.departures import read_departures

    paths = (settings.departures_path, *others)
    return [departure for path in paths for departure in read_departures(path)]


def _require_no_ticker(settings: Settings) -> None:
    """Processes that run apart hold no lock. Raises Conflict if one beats."""
    before = _last_beat(settings)
    if before is None or datetime.now(before[1].tzinfo) - before[1] > _RECENT:
        return
    time.sleep(_WATCH_S)
    if _last_beat(settings) != before:
        raise Conflict(
            "The service is running on this database.",
            advice="Stop all its processes: web, workers and tickers. Then try again.",
        )


def _last_beat(settings: Settings) -> tuple[int, datetime] | None:
    """None if there is no database that could be read."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from newsletter.domain.errors import NewsletterError
    from newsletter.store.database import Database
    from newsletter.store.operations import heartbeat
    from newsletter.store.schema import require_current

    database = Database(settings.database_url)
    file = Path(make_url(database.url).database or "")
    if database.is_sqlite and not file.exists():  # asking would make it
        return None
    try:
        require_current(database)
        with database.read() as session:
            last = heartbeat(session, "ticker")
            return (last.count, last.at) if last else None
    except (SQLAlchemyError, NewsletterError):
        return None
    finally:
        database.dispose()


def _show(done: Restored) -> None:
    click.echo(f"Restored the backup of {done.about.made_at:%Y-%m-%d %H:%M} UTC.")
    left = sum(done.departures.values())
    if left:
        click.echo(f"{left} who left after it was made have left again.")
    if done.held.uncertain_copies:
        click.echo(f"{done.held.uncertain_copies} copies were being sent. They are held.")
    if done.held.mails:
        click.echo(f"{done.held.mails} other emails were waiting. They are not sent.")
    if done.former:
        click.echo(f"The database as it was: {done.former}")
    for issue_id in done.held.issues:
        click.echo(
            f"Issue {issue_id} is paused, because it may have been sent since. "
            f"Run `newsletter issue report {issue_id}`, then `newsletter issue resume {issue_id}` "
            f"or `newsletter issue cancel {issue_id}`."
        )
    click.echo("Start the service again.")

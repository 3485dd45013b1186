"""`newsletter subscriber import`."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from newsletter.cli.contexts import signing_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table
from newsletter.cli.subscriber.options import newsletter_option
from newsletter.domain.subscriber_rows import LeftOut
from newsletter.reading.subscriber_lists.csv_records import guard

if TYPE_CHECKING:
    from newsletter.usecases.readers.import_subscribers import ImportReport


@click.command("import")
@click.argument("file", type=click.File("rb"))
@newsletter_option
@click.option("--consent", default="", help="How these people agreed. Kept as evidence. Required.")
@click.option("--dry-run", is_flag=True, help="Show what would happen without changing anything.")
@click.option(
    "--left-out",
    type=click.Path(dir_okay=False, writable=True),
    help="Write rows that are left out, with line and reason, to this CSV file.",
)
@json_option
def import_command(  # noqa: PLR0913, PLR0917  each is an option
    file: BinaryIO,
    slug: str,
    consent: str,
    dry_run: bool,  # noqa: FBT001
    left_out: str | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Import subscribers from a CSV file.

    The columns are address, name, attributes (JSON) and tags (with ;). Only address is required.
    consent_at keeps the original time of consent. People who have left or are suppressed are not
    added again. You can safely run the same import twice. FILE - reads standard input.
    """
    from newsletter.usecases.readers.import_subscribers import (
        Source,
        check_import,
        import_subscribers,
    )

    if not consent.strip() and not dry_run:
        raise click.UsageError("--consent is missing. Say how these people agreed.")
    name = os.path.basename(getattr(file, "name", "") or "")  # noqa: PTH119  a name, not a path
    source = Source(consent, "standard input" if name in {"-", "<stdin>"} else name)
    principal = command_line_principal()
    with signing_context() as context, _seekable(file) as data, _writer(left_out) as write:
        if dry_run:
            report = check_import(context, slug, data, principal, write)
        else:
            with _progress_bar(data) as progress:
                report = import_subscribers(
                    context, slug, data, source, principal, on_left_out=write, on_progress=progress
                )
    _tell(report, as_json=as_json, dry_run=dry_run)


def _tell(report: ImportReport, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        print_json(
            {
                **asdict(report),
                "left_out_rows": [asdict(row) for row in report.shown],
                "dry_run": dry_run,
                "shown": None,
            }
        )
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.rows:,} rows: {report.new:,} {would}new, {report.updated:,} {would}updated, "
        f"{report.unchanged:,} unchanged, {report.left_out:,} left out."
    )
    if report.unused_columns:
        click.echo(f"Ignored columns: {', '.join(map(repr, report.unused_columns))}.")
    if report.rows_with_extra_cells:
        click.echo(f"{report.rows_with_extra_cells:,} rows have more cells than the first line.")
    if report.shown:
        click.echo()
        print_table(
            ("LINE", "ADDRESS", "REASON"),
            [(row.line, row.address, row.reason) for row in report.shown],
        )
    if report.left_out > len(report.shown):
        click.echo(
            f"… and {report.left_out - len(report.shown):,} more. Use --left-out to see all."
        )


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """Standard input is kept in a temporary file: it is looked through before it is read."""
    if file.seekable():
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        yield cast("BinaryIO", copy)


@contextmanager
def _progress_bar(file: BinaryIO) -> Iterator[Callable[[int], None]]:
    from tqdm import tqdm

    size = file.seek(0, os.SEEK_END)
    with tqdm(
        total=size, unit="B", unit_scale=True, file=sys.stderr, disable=not sys.stderr.isatty()
    ) as bar:
        yield lambda position: cast("None", bar.update(position - bar.n))


@contextmanager
def _writer(path: str | None) -> Iterator[Callable[[LeftOut], None] | None]:
    if path is None:
        yield None
        return
    with open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  click gave a path
        writer = csv.writer(file)
        writer.writerow(("line", "address", "reason"))
        yield lambda row: cast(
            "None", writer.writerow((row.line, guard(row.address), guard(row.reason)))
        )

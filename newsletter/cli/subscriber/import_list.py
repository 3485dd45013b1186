"""`newsletter subscriber import`: a list from elsewhere comes in."""

from __future__ import annotations

import csv
import os
import shlex
import shutil
import sys
import tempfile
from collections import ChainMap, Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from newsletter.cli.contexts import HASHES, command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table
from newsletter.cli.subscriber.options import newsletter_option

if TYPE_CHECKING:
    from newsletter.domain.readers.subscriber_rows import LeftOut
    from newsletter.reading.subscriber_lists.choices import ListChoices, ListQuestion
    from newsletter.usecases.readers.import_subscribers import ImportReport

_LONGEST_SAMPLE = 30


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
@click.option("--encoding", default="", help="The encoding of the file, such as windows-1252.")
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="What a column is. FIELD is email, name, tags, attributes, status, unsubscribed_at, "
    "consent_at, consent_ip, attribute or ignore. COLUMN is a heading or a number (#2)."
    " Repeatable.",
)
@click.option(
    "--status",
    "meanings",
    multiple=True,
    metavar="VALUE=MEANING",
    help="What a value of the status column means: active, paused, pending, unsubscribed, "
    "blocklisted, bounced, complained or left-out. COLUMN:VALUE=MEANING for one column alone. "
    "Repeatable.",
)
@click.option(
    "--everyone", default="", metavar="MEANING", help="What every row without a status is."
)
@click.option(
    "--dates",
    default="",
    metavar="ORDER",
    help="day-first or month-first: what 03/04/2026 is.",
)
@json_option
def import_command(  # noqa: PLR0913, PLR0917  each is an option
    file: BinaryIO,
    slug: str,
    consent: str,
    dry_run: bool,  # noqa: FBT001
    left_out: str | None,
    encoding: str,
    columns: tuple[str, ...],
    meanings: tuple[str, ...],
    everyone: str,
    dates: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Import subscribers from a CSV file.

    The file is ours, or the export of another service. Columns are matched by their headings and by
    what is in them. --dry-run shows them. People who have left or are suppressed are not added
    again, and people who left the other service are kept as unsubscribed. You can safely run the
    same import twice. FILE - reads standard input.

    See docs/import.md.
    """
    from newsletter.usecases.readers.import_subscribers import check_import, import_subscribers
    from newsletter.usecases.readers.take_rows import Source

    if not consent.strip() and not dry_run:
        raise click.UsageError("--consent is missing. Say how these people agreed.")
    name = os.path.basename(getattr(file, "name", "") or "")  # noqa: PTH119  a name, not a path
    name = "standard input" if name in {"-", "<stdin>"} else name
    choices = _choices(encoding, columns, meanings, everyone, dates)
    who = command_line_principal()
    with (
        command_context(*HASHES) as context,
        _seekable(file) as data,
        _writer(left_out) as write,
        _questions_name_options(),
    ):
        if dry_run:
            report = check_import(context, slug, data, who, write, choices=choices, file_name=name)
        else:
            source = Source(consent, name, choices)
            with _progress_bar(data) as progress:
                report = import_subscribers(
                    context, slug, data, source, who, on_left_out=write, on_progress=progress
                )
    if as_json:
        print_json(_as_json(report) | {"dry_run": dry_run})
    else:
        _tell(report, dry_run=dry_run)


def _choices(
    encoding: str, columns: tuple[str, ...], meanings: tuple[str, ...], everyone: str, dates: str
) -> ListChoices:
    from newsletter.reading.subscriber_lists.choices import (
        ListChoices,
        column_choice,
        date_choice,
        listed_as_choice,
        meaning_choice,
    )

    return ListChoices(
        encoding=encoding,
        columns=tuple(map(column_choice, columns)),
        meanings=dict(ChainMap(*map(meaning_choice, reversed(meanings)))),
        everyone=listed_as_choice(everyone) if everyone else None,
        dates=date_choice(dates),
    )


@contextmanager
def _questions_name_options() -> Iterator[None]:
    """What only a person can say is asked with the options that answer it."""
    from newsletter.domain.errors import InvalidInput
    from newsletter.reading.subscriber_lists.choices import ListQuestion

    try:
        yield
    except ListQuestion as question:
        answers = "\n  ".join(_answers(question))
        raise InvalidInput(question.message, advice=f"Answer with:\n  {answers}") from question


def _answers(question: ListQuestion) -> list[str]:
    from newsletter.reading.subscriber_lists.encodings import UnknownEncoding
    from newsletter.reading.subscriber_lists.sheets import UnclearStates

    if isinstance(question, UnknownEncoding):
        return [
            f"--encoding {guess.encoding}   {guess.name}: “{' / '.join(guess.lines)}”"
            for guess in question.guesses
        ] or ["nothing: no encoding that we know fits. Save the file as CSV UTF-8."]
    if isinstance(question, UnclearStates):
        columns = Counter(value for _, value, _ in question.values)
        return [
            f"{_status_option(column, value, is_shared=columns[value] > 1)}   "
            f"“{column}”, {rows:,} times"
            for column, value, rows in question.values
        ] or ["--everyone MEANING, where MEANING is unsubscribed, bounced, active …"]
    return ['--map email="COLUMN"']


def _status_option(column: str, value: str, *, is_shared: bool) -> str:
    """As a shell takes it."""
    answer = f"{column}:{value}=MEANING" if is_shared or not value else f"{value}=MEANING"
    is_simple = answer.isprintable() and not set(answer) & set('"$`\\!')
    return f'--status "{answer}"' if is_simple else f"--status {shlex.quote(answer)}"


def _as_json(report: ImportReport) -> dict[str, Any]:
    columns = [
        {"heading": column.name, "field": column.field, "sample": column.sample}
        for column in report.columns
    ]
    facts = {name: value for name, value in asdict(report).items() if name != "shown"}
    return {**facts, "columns": columns, "left_out_rows": [asdict(row) for row in report.shown]}


def _tell(report: ImportReport, *, dry_run: bool) -> None:
    _tell_columns(report)
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.rows:,} rows: {report.new:,} {would}new, {report.updated:,} {would}updated, "
        f"{report.unchanged:,} unchanged, {report.left_out:,} left out."
    )
    if set(report.new_as) - {"active"}:
        click.echo(f"New: {_counted(report.new_as)}.")
    if report.ended_as:
        click.echo(f"Subscriptions ended by this file: {_counted(report.ended_as)}.")
    for tidying, count in report.tidied.items():
        click.echo(f"Removed from {count:,} addresses: {tidying}.")
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


def _tell_columns(report: ImportReport) -> None:
    click.echo(f"The columns are those of {report.service}:" if report.service else "Columns:")
    print_table(
        ("COLUMN", "BECOMES", "FIRST ROWS"),
        [
            (
                column.name,
                column.field,
                " | ".join(cell[:_LONGEST_SAMPLE] for cell in column.sample),
            )
            for column in report.columns
        ],
    )
    click.echo()


def _counted(counts: dict[Any, int]) -> str:
    return ", ".join(f"{count:,} {listed_as}" for listed_as, count in counts.items())


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
    from newsletter.reading.subscriber_lists.csv_records import guard

    with open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  click gave a path
        writer = csv.writer(file)
        writer.writerow(("line", "address", "reason"))
        yield lambda row: cast(
            "None", writer.writerow((row.line, guard(row.address), guard(row.reason)))
        )

"""`newsletter subscriber`: who reads, one by one and as files."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from newsletter.cli.contexts import command_context, signing_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table
from newsletter.domain.consent import SubscriptionState
from newsletter.domain.subscriber_rows import LeftOut
from newsletter.reading.subscriber_lists.csv_records import guard

if TYPE_CHECKING:
    from newsletter.usecases.readers.import_subscribers import ImportReport

STATES = click.Choice([state.value for state in SubscriptionState])


@click.group()
def subscriber() -> None:
    """The readers of a newsletter: look, add, end, erase, bring in and out as CSV."""


def newsletter_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--newsletter",
        "slug",
        required=True,
        metavar="SLUG",
        help="Whose readers; Run `newsletter newsletter list` to see all newsletters.",
    )(command)


def reason_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--reason", required=True, help="Why; it is kept for the record.")(command)


@subscriber.command("list")
@newsletter_option
@click.option("--state", type=STATES, help="Only those in this state.")
@click.option("--search", default="", help="A part of the address or of the name.")
@click.option("--older-than", type=int, help="Go on after the page whose last ID this is.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_command(  # noqa: PLR0913, PLR0917  each is an option
    slug: str,
    state: str | None,
    search: str,
    older_than: int | None,
    limit: int,
    as_json: bool,  # noqa: FBT001
) -> None:
    """List readers, the newest first, with their counts by state."""
    from newsletter.usecases.readers.list_subscribers import Wanted, list_subscribers

    wanted = Wanted(
        state=SubscriptionState(state) if state else None,
        search=search,
        older_than=older_than,
        limit=limit,
    )
    with command_context() as context:
        page = list_subscribers(context, slug, wanted, command_line_principal())
    if as_json:
        print_json(
            {
                "counts": page.counts,
                "subscribers": [asdict(reader) for reader in page.readers],
                "older_than": page.older_than,
            }
        )
        return
    print_table(
        ("ID", "ADDRESS", "NAME", "STATE", "TAGS"),
        [
            (
                reader.subscriber_id,
                reader.address,
                reader.name,
                reader.state,
                "; ".join(reader.tags),
            )
            for reader in page.readers
        ],
    )
    counts = ", ".join(f"{count} {state}" for state, count in page.counts.items() if count)
    click.echo(f"\n{counts or 'Nobody yet'}.", err=True)
    if page.older_than is not None:
        click.echo(f"There are more: --older-than {page.older_than}", err=True)


@subscriber.command()
@click.argument("address")
@newsletter_option
@json_option
def show(address: str, slug: str, as_json: bool) -> None:  # noqa: FBT001
    """Show all that is known of one reader, with the evidence of consent."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.list_subscribers import show_subscriber

    with signing_context() as context:
        who = command_line_principal()
        subscriber_id = subscriber_id_of(context, slug, address, who)
        details = show_subscriber(context, slug, subscriber_id, who)
    if as_json:
        print_json({**asdict(details), "profile": None} | {"newsletter": slug})
        return
    click.echo(f"{details.address}  {details.name}".rstrip())
    click.echo(f"{details.state} since {details.state_at:%Y-%m-%d %H:%M} UTC  {details.state_how}")
    click.echo(f"tags: {'; '.join(details.tags) or 'none'}")
    click.echo()
    print_table(
        ("WHEN (UTC)", "WHAT", "HOW", "WHO"),
        [
            (f"{line.at:%Y-%m-%d %H:%M}", line.what, line.how, line.actor)
            for line in details.history
        ],
    )
    if details.received:
        click.echo()
        print_table(
            ("ISSUE", "SUBJECT", "STATE", "REPLY"),
            [(one.number, one.subject, one.state, one.reply) for one in details.received],
        )


@subscriber.command()
@click.argument("address")
@newsletter_option
@click.option("--consent", required=True, help="How this reader agreed; kept as evidence.")
@click.option("--name", default="")
@click.option("--tags", default="", help="With semicolons between them.")
@click.option("--attributes", default="", help='JSON, like {"city": "Oslo"}.')
@click.option("--asked-again", default="", help="For somebody who left: how they asked to be back.")
@json_option
def add(slug: str, as_json: bool, **values: str) -> None:  # noqa: FBT001
    """Add one reader by hand. An address that is suppressed is refused."""
    from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber

    with signing_context() as context:
        added = add_subscriber(context, slug, NewSubscriber(**values), command_line_principal())
    if as_json:
        print_json(asdict(added))
        return
    click.echo(f"{added.address} {'is added' if added.is_new else 'receives it already'}.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@reason_option
def unsubscribe(address: str, slug: str, reason: str) -> None:
    """End one reader's subscription."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        changed = unsubscribe_subscriber(context, slug, reader, reason, who)
    click.echo("Unsubscribed." if changed else "They had left already.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@reason_option
def suppress(address: str, slug: str, reason: str) -> None:
    """See to it that no newsletter mails this address any more."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        changed = suppress_subscriber(context, slug, reader, reason, who)
    click.echo("Suppressed." if changed else "It was suppressed already.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@reason_option
def lift(address: str, slug: str, reason: str) -> None:
    """Lift a suppression that an editor has set."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.suppress_subscriber import lift_suppression

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        lift_suppression(context, slug, reader, reason, who)
    click.echo("Lifted. The reader counts as unsubscribed.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(address: str, slug: str, yes: bool) -> None:  # noqa: FBT001
    """Erase a person from every newsletter; a keyed hash stays. This can't be undone."""
    from newsletter.usecases.readers.erase_subscriber import erase_subscriber
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        typed = address if yes else click.prompt("Type the address once more", err=True)
        erase_subscriber(context, slug, reader, typed, who)
    click.echo("Erased.")


@subscriber.command("import")
@click.argument("file", type=click.File("rb"))
@newsletter_option
@click.option("--consent", default="", help="How these readers agreed; kept as evidence. Required.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option(
    "--left-out",
    type=click.Path(dir_okay=False, writable=True),
    help="Write the rows that were left out, each with its line and reason, to this CSV file.",
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
    """Take in a CSV file with the columns address, name, attributes (JSON), tags (with ;).

    Only address is needed; consent_at keeps the original time of consent. Nobody who left or is
    suppressed comes back. It can be run again at any time, and changes nothing the second time.
    `-` reads standard input.
    """
    from newsletter.usecases.readers.import_subscribers import (
        Source,
        check_import,
        import_subscribers,
    )

    if not consent.strip() and not dry_run:
        raise click.UsageError("--consent is missing: how have these readers agreed?")
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


@subscriber.command("export")
@newsletter_option
@click.option("--state", type=STATES, help="Only those in this state.")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", atomic=True), default="-")
def export_command(slug: str, state: str | None, output: Any) -> None:
    """Write the readers as CSV, in the form that import takes."""
    from newsletter.usecases.readers.export_subscribers import export_subscribers

    wanted = SubscriptionState(state) if state else None
    with command_context() as context:
        for piece in export_subscribers(context, slug, command_line_principal(), wanted):
            output.write(piece.replace("\r\n", "\n"))


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
        click.echo(f"Columns not used: {', '.join(map(repr, report.unused_columns))}.")
    if report.rows_with_extra_cells:
        click.echo(f"{report.rows_with_extra_cells:,} rows have more cells than the first line.")
    if report.shown:
        click.echo()
        print_table(
            ("LINE", "ADDRESS", "LEFT OUT, SINCE"),
            [(row.line, row.address, row.reason) for row in report.shown],
        )
    if report.left_out > len(report.shown):
        click.echo(f"… and {report.left_out - len(report.shown):,} more; see --left-out.")


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

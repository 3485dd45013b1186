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
    """List, add, unsubscribe, erase, import and export subscribers."""


def newsletter_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--newsletter",
        "slug",
        required=True,
        metavar="SLUG",
        help="The newsletter. List them with `newsletter newsletter list`.",
    )(command)


def reason_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--reason", required=True, help="The reason. Kept in the history.")(command)


@subscriber.command("list")
@newsletter_option
@click.option("--state", type=STATES, help="Only subscribers in this state.")
@click.option("--search", default="", help="Part of the address or name.")
@click.option(
    "--older-than", type=int, help="Continue after this ID, the last one of the previous page."
)
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
    """List subscribers, newest first, with counts by state."""
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
    click.echo(f"\n{counts or 'No subscribers yet'}.", err=True)
    if page.older_than is not None:
        click.echo(f"For the next page, add --older-than {page.older_than}.", err=True)


@subscriber.command()
@click.argument("address")
@newsletter_option
@json_option
def show(address: str, slug: str, as_json: bool) -> None:  # noqa: FBT001
    """Show a subscriber and the evidence of consent."""
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
@click.option("--consent", required=True, help="How this person agreed. Kept as evidence.")
@click.option("--name", default="")
@click.option("--tags", default="", help="Tags, separated by semicolons.")
@click.option("--attributes", default="", help='JSON, such as {"city": "Oslo"}.')
@click.option(
    "--asked-again", default="", help="How they asked again, if they unsubscribed before."
)
@json_option
def add(slug: str, as_json: bool, **values: str) -> None:  # noqa: FBT001
    """Add a subscriber. Suppressed addresses are refused."""
    from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber

    with signing_context() as context:
        added = add_subscriber(context, slug, NewSubscriber(**values), command_line_principal())
    if as_json:
        print_json(asdict(added))
        return
    click.echo(f"{added.address} {'added' if added.is_new else 'is already subscribed'}.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@reason_option
def unsubscribe(address: str, slug: str, reason: str) -> None:
    """Unsubscribe a subscriber."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        changed = unsubscribe_subscriber(context, slug, reader, reason, who)
    click.echo("Unsubscribed." if changed else "They had already unsubscribed.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@reason_option
def suppress(address: str, slug: str, reason: str) -> None:
    """Stop all newsletters from sending to an address."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        changed = suppress_subscriber(context, slug, reader, reason, who)
    click.echo("Suppressed." if changed else "It was already suppressed.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@reason_option
def lift(address: str, slug: str, reason: str) -> None:
    """Lift a suppression made by an editor."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.suppress_subscriber import lift_suppression

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        lift_suppression(context, slug, reader, reason, who)
    click.echo("Suppression lifted. The subscriber is now unsubscribed.")


@subscriber.command()
@click.argument("address")
@newsletter_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def erase(address: str, slug: str, yes: bool) -> None:  # noqa: FBT001
    """Erase a person from every newsletter, except for a keyed hash. You can't undo this."""
    from newsletter.usecases.readers.erase_subscriber import erase_subscriber
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of

    with signing_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        typed = address if yes else click.prompt("Type the address again to confirm", err=True)
        erase_subscriber(context, slug, reader, typed, who)
    click.echo("Erased.")


@subscriber.command("import")
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
    """Import a CSV file with the columns address, name, attributes (JSON) and tags (with ;).

    Only address is required. consent_at keeps the original time of consent. People who have left or
    are suppressed are not added again. You can safely run the same import twice. FILE - reads
    standard input.
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


@subscriber.command("export")
@newsletter_option
@click.option("--state", type=STATES, help="Only subscribers in this state.")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", atomic=True), default="-")
def export_command(slug: str, state: str | None, output: Any) -> None:
    """Export subscribers as CSV, in the format of import."""
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

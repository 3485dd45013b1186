"""`newsletter suppression`: addresses that one newsletter or all never mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

import click

from newsletter.cli.contexts import HASHES, command_context
from newsletter.cli.shell import (
    command_line_principal,
    json_option,
    print_json,
    print_table,
    say_next_page,
)
from newsletter.cli.subscriber.options import despite_complaint_option, reason_option
from newsletter.domain.readers.consent import SuppressionReason

if TYPE_CHECKING:
    from newsletter.store.readers.suppression_lists import ListedSuppression

_REASONS = click.Choice([reason.value for reason in SuppressionReason])


def _newsletter_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--newsletter",
        "slug",
        metavar="SLUG",
        help="For this newsletter. Without it, for all newsletters.",
    )(command)


@click.group()
def suppression() -> None:
    """List, find, add, lift, import and export addresses that are never mailed.

    An address is suppressed for one newsletter or for all. Dead addresses and people who reported
    your email as spam are suppressed when the report comes in. No import of subscribers brings one
    back. Addresses are kept as keyed hashes, so that a suppression outlives the erasure of the
    person; where the subscriber is still here, the address is shown.

    \b
    newsletter suppression find ada@example.org
    newsletter suppression add ada@example.org --reason "Asked by letter"
    newsletter suppression lift ada@example.org --reason "Their server is mended"
    newsletter suppression export -o suppressed.csv
    newsletter suppression import suppressed.csv
    """


@suppression.command("list")
@_newsletter_option
@click.option("--reason", type=_REASONS, help="Only with this reason.")
@click.option(
    "--older-than", type=int, help="Continue after this ID, the last one of the previous page."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_command(
    slug: str | None,
    reason: str | None,
    older_than: int | None,
    limit: int,
    as_json: bool,  # noqa: FBT001
) -> None:
    """List suppressed addresses, newest first.

    With --newsletter, those that it does not mail, also those that no newsletter mails.
    """
    from newsletter.usecases.readers.list_suppressions import list_suppressions

    with command_context() as context:
        page = list_suppressions(
            context,
            command_line_principal(),
            slug,
            reason=SuppressionReason(reason) if reason else None,
            older_than=older_than,
            limit=limit,
        )
    if as_json:
        print_json(
            {
                "suppressions": [asdict(one) for one in page.suppressions],
                "older_than": page.older_than,
            }
        )
        return
    _print(page.suppressions)
    if not page.suppressions:
        click.echo("No address is suppressed.", err=True)
    say_next_page(page.older_than)


@suppression.command()
@click.argument("address")
@_newsletter_option
@json_option
def find(address: str, slug: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Say whether an address is suppressed, and why. It has to be the whole address.

    Exits with 1 if it is not.
    """
    from newsletter.usecases.readers.list_suppressions import find_address

    with command_context(*HASHES) as context:
        found = find_address(context, address, command_line_principal(), slug)
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        _print(found)
    else:
        click.echo("This address is not suppressed.", err=True)
    if not found:
        raise click.exceptions.Exit(1)


@suppression.command()
@click.argument("address")
@_newsletter_option
@reason_option
def add(address: str, slug: str | None, reason: str) -> None:
    """Suppress an address, whether or not it is a subscriber's."""
    from newsletter.usecases.readers.suppress_subscriber import suppress_address

    with command_context(*HASHES) as context:
        is_new = suppress_address(context, address, reason, command_line_principal(), slug)
    click.echo("Suppressed." if is_new else "It was already suppressed.")


@suppression.command()
@click.argument("address")
@_newsletter_option
@reason_option
@despite_complaint_option
def lift(
    address: str,
    slug: str | None,
    reason: str,
    despite_complaint: bool,  # noqa: FBT001
) -> None:
    """Lift the suppressions of an address. A person who was erased stays suppressed.

    With --newsletter, those that keep it from sending. A subscriber is then unsubscribed: only
    they can subscribe again.
    """
    from newsletter.usecases.readers.suppress_subscriber import lift_address

    with command_context(*HASHES) as context:
        count = lift_address(
            context,
            address,
            reason,
            command_line_principal(),
            slug,
            is_confirmed=despite_complaint,
        )
    click.echo(f"Lifted {count}." if count > 1 else "Lifted.")


@suppression.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8-sig", errors="replace"))
@_newsletter_option
@click.option("--reason", default="", help="Why, where the file does not say. Kept in the history.")
@json_option
def import_command(
    file: TextIO,
    slug: str | None,
    reason: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Suppress the addresses in a CSV file.

    The file is our own export, the suppression list of another service, or one address on each
    line. You can safely run the same import twice. Keyed hashes count only with the
    ADDRESS_HASH_KEY that made them. FILE - reads standard input.
    """
    from newsletter.usecases.readers.import_suppressions import import_suppressions

    with command_context(*HASHES) as context:
        report = import_suppressions(context, file, command_line_principal(), slug, why=reason)
    if as_json:
        print_json(asdict(report))
        return
    click.echo(
        f"{report.added:,} suppressed, {report.already:,} were already suppressed, "
        f"{report.not_taken:,} left out."
    )
    if report.left_out:
        print_table(
            ("LINE", "ADDRESS", "REASON"),
            [(row.line, row.address, row.reason) for row in report.left_out],
        )


@suppression.command("export")
@_newsletter_option
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", atomic=True), default="-")
def export_command(slug: str | None, output: TextIO) -> None:
    """Export suppressed addresses as CSV, in the format of import.

    Where the subscriber is not here any more, the keyed hash stands for the address.
    """
    from newsletter.usecases.readers.list_suppressions import export_suppressions

    with command_context(*HASHES) as context:
        pieces = export_suppressions(context, command_line_principal(), slug)
        output.writelines(piece.replace("\r\n", "\n") for piece in pieces)


def _print(found: Sequence[ListedSuppression]) -> None:
    if found:
        print_table(
            ("ID", "ADDRESS", "NEWSLETTER", "REASON", "SOURCE", "WHEN (UTC)", "BY", "DETAIL"),
            [
                (
                    one.id,
                    one.address or f"hash {one.address_hash[:12]}…",
                    one.newsletter or "all",
                    one.reason,
                    one.source,
                    f"{one.at:%Y-%m-%d %H:%M}",
                    one.actor,
                    one.detail[:80],
                )
                for one in found
            ],
        )

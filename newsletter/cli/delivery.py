"""`newsletter delivery`: what became of every issue for one reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table

if TYPE_CHECKING:
    from newsletter.usecases.sending.show_deliveries import DeliveryLine, ReaderLedger

_MOST_LINES = 10_000


@click.group()
def delivery() -> None:
    """Show the deliveries to a subscriber."""


@delivery.command()
@click.argument("address")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST_LINES),
    default=100,
    show_default=True,
    help="How many issues to show, newest first.",
)
@json_option
def show(address: str, limit: int, as_json: bool) -> None:  # noqa: FBT001  click's way
    """Show what happened to every issue for the subscriber with ADDRESS, in all newsletters.

    Each line shows the state of the copy and since when, in the newsletter's time zone, the number
    of attempts, the relay, its last reply, and its queue ID. --json adds the Message-ID.
    """
    from newsletter.usecases.sending.show_deliveries import find_by_address, show_deliveries

    with command_context() as context:
        who = command_line_principal()
        subscriber_id = find_by_address(context, address, who)
        found = show_deliveries(context, subscriber_id, who, limit=limit)
    if as_json:
        print_json(found.to_json())
    else:
        _show(found)


def _show(found: ReaderLedger) -> None:
    if not found.lines:
        click.echo("No issue has been sent to this subscriber yet.")
        return
    titles = (
        "NEWSLETTER",
        "ISSUE",
        "STATE",
        "SINCE",
        "ATTEMPTS",
        "NEXT ATTEMPT",
        "RELAY",
        "QUEUE ID",
    )
    print_table((*titles, "REPLY"), [_row(line) for line in found.lines])
    if came_back := [(f"#{one.number}", one.came_back) for one in found.lines if one.came_back]:
        click.echo()
        print_table(("ISSUE", "WHAT CAME BACK"), came_back)
    if found.older is not None:
        click.echo(f"Showing the last {len(found.lines)}. Use --limit for more.")


def _row(line: DeliveryLine) -> tuple[object, ...]:
    return (
        line.newsletter,
        f"#{line.number} {line.subject[:40]}",
        line.state,
        f"{line.state_at:%Y-%m-%d %H:%M:%S %Z}",
        line.attempts or "",
        f"{line.next_try_at:%Y-%m-%d %H:%M %Z}" if line.next_try_at else "",
        line.relay,
        line.queue_id,
        f"{line.reply} {line.detail}".strip(),
    )

"""`newsletter subscriber list` and `show`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from newsletter.cli.contexts import HASHES, command_context
from newsletter.cli.shell import (
    command_line_principal,
    json_option,
    print_json,
    print_table,
    say_next_page,
)
from newsletter.cli.subscriber.found import found_subscriber
from newsletter.cli.subscriber.options import chosen_audience, filter_options, newsletter_option


@click.command("list")
@newsletter_option
@filter_options
@click.option("--search", default="", help="Part of the address or name.")
@click.option(
    "--older-than", type=int, help="Continue after this ID, the last one of the previous page."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_command(
    slug: str,
    search: str,
    older_than: int | None,
    limit: int,
    as_json: bool,  # noqa: FBT001
    **conditions: Any,
) -> None:
    """List subscribers, newest first, with counts by state."""
    from newsletter.usecases.readers.list_subscribers import SubscriberFilter, list_subscribers

    wanted = SubscriberFilter(
        audience=chosen_audience(conditions),
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
                "matching": page.matching,
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
    say_next_page(page.older_than)


@click.command()
@click.argument("address")
@newsletter_option
@json_option
def show(address: str, slug: str, as_json: bool) -> None:  # noqa: FBT001
    """Show a subscriber and the evidence of consent."""
    from newsletter.usecases.readers.list_subscribers import show_subscriber

    with found_subscriber(address, slug, *HASHES) as found:
        details = show_subscriber(found.context, slug, found.subscriber_id, found.who)
    if as_json:
        print_json({**asdict(details), "profile": None} | {"newsletter": slug})
        return
    click.echo(f"{details.address}  {details.name}".rstrip())
    click.echo(f"{details.state} since {details.state_at:%Y-%m-%d %H:%M} UTC  {details.state_how}")
    click.echo(f"tags: {'; '.join(details.tags) or 'none'}")
    if details.muted:
        click.echo(f"not interested in: {', '.join(details.muted)}")
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

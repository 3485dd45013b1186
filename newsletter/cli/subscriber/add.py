"""`newsletter subscriber add`."""

from __future__ import annotations

from dataclasses import asdict

import click

from newsletter.cli.contexts import HASHES, command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json
from newsletter.cli.subscriber.options import newsletter_option


@click.command()
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

    with command_context(*HASHES) as context:
        added = add_subscriber(context, slug, NewSubscriber(**values), command_line_principal())
    if as_json:
        print_json(asdict(added))
        return
    click.echo(f"{added.address} {'added' if added.is_new else 'is already subscribed'}.")

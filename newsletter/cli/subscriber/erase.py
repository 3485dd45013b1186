"""`newsletter subscriber erase`."""

from __future__ import annotations

import click

from newsletter.cli.contexts import HASHES
from newsletter.cli.subscriber.found import found_subscriber
from newsletter.cli.subscriber.options import newsletter_option


@click.command()
@click.argument("address")
@newsletter_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def erase(address: str, slug: str, yes: bool) -> None:  # noqa: FBT001
    """Erase a person from every newsletter, except for a keyed hash. You can't undo this."""
    from newsletter.usecases.readers.erase_subscriber import erase_subscriber

    with found_subscriber(address, slug, *HASHES) as found:
        typed = address if yes else click.prompt("Type the address again to confirm", err=True)
        erase_subscriber(found.context, slug, found.subscriber_id, typed, found.who)
    click.echo("Erased.")

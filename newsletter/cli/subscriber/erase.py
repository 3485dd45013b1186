"""`newsletter subscriber erase`."""

from __future__ import annotations

import click

from newsletter.cli.contexts import HASHES, command_context
from newsletter.cli.shell import command_line_principal
from newsletter.cli.subscriber.options import newsletter_option


@click.command()
@click.argument("address")
@newsletter_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def erase(address: str, slug: str, yes: bool) -> None:  # noqa: FBT001
    """Erase a person from every newsletter, except for a keyed hash. You can't undo this."""
    from newsletter.usecases.readers.erase_subscriber import erase_subscriber
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of

    with command_context(*HASHES) as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        typed = address if yes else click.prompt("Type the address again to confirm", err=True)
        erase_subscriber(context, slug, reader, typed, who)
    click.echo("Erased.")

"""`newsletter subscriber unsubscribe`, `suppress` and `lift`."""

from __future__ import annotations

import click

from newsletter.cli.contexts import HASHES, command_context
from newsletter.cli.shell import command_line_principal
from newsletter.cli.subscriber.options import newsletter_option, reason_option


@click.command()
@click.argument("address")
@newsletter_option
@reason_option
def unsubscribe(address: str, slug: str, reason: str) -> None:
    """Unsubscribe a subscriber."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber

    with command_context() as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        changed = unsubscribe_subscriber(context, slug, reader, reason, who)
    click.echo("Unsubscribed." if changed else "They had already unsubscribed.")


@click.command()
@click.argument("address")
@newsletter_option
@reason_option
def suppress(address: str, slug: str, reason: str) -> None:
    """Stop all newsletters from sending to an address."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber

    with command_context(*HASHES) as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        changed = suppress_subscriber(context, slug, reader, reason, who)
    click.echo("Suppressed." if changed else "It was already suppressed.")


@click.command()
@click.argument("address")
@newsletter_option
@reason_option
def lift(address: str, slug: str, reason: str) -> None:
    """Lift a suppression made by an editor."""
    from newsletter.usecases.readers.find_subscriber import subscriber_id_of
    from newsletter.usecases.readers.suppress_subscriber import lift_suppression

    with command_context(*HASHES) as context:
        who = command_line_principal()
        reader = subscriber_id_of(context, slug, address, who)
        lift_suppression(context, slug, reader, reason, who)
    click.echo("Suppression lifted. The subscriber is now unsubscribed.")

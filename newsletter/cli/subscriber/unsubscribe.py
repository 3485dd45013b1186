"""`newsletter subscriber unsubscribe`, `suppress` and `lift`."""

from __future__ import annotations

import click

from newsletter.cli.contexts import HASHES
from newsletter.cli.subscriber.found import found_subscriber
from newsletter.cli.subscriber.options import (
    despite_complaint_option,
    newsletter_option,
    reason_option,
)


@click.command()
@click.argument("address")
@newsletter_option
@reason_option
def unsubscribe(address: str, slug: str, reason: str) -> None:
    """Unsubscribe a subscriber."""
    from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber

    with found_subscriber(address, slug) as found:
        changed = unsubscribe_subscriber(
            found.context, slug, found.subscriber_id, reason, found.who
        )
    click.echo("Unsubscribed." if changed else "They had already unsubscribed.")


@click.command()
@click.argument("address")
@newsletter_option
@reason_option
@click.option("--only-here", is_flag=True, help="For this newsletter alone.")
def suppress(address: str, slug: str, reason: str, only_here: bool) -> None:  # noqa: FBT001
    """Stop all newsletters, or one, from sending to an address."""
    from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber

    with found_subscriber(address, slug, *HASHES) as found:
        changed = suppress_subscriber(
            found.context, slug, found.subscriber_id, reason, found.who, only_here=only_here
        )
    click.echo("Suppressed." if changed else "It was already suppressed.")


@click.command()
@click.argument("address")
@newsletter_option
@reason_option
@despite_complaint_option
def lift(address: str, slug: str, reason: str, despite_complaint: bool) -> None:  # noqa: FBT001
    """Lift the suppressions that keep a newsletter from sending to an address."""
    from newsletter.usecases.readers.suppress_subscriber import lift_suppression

    with found_subscriber(address, slug, *HASHES) as found:
        lift_suppression(
            found.context,
            slug,
            found.subscriber_id,
            reason,
            found.who,
            typed_address=address if despite_complaint else "",
        )
    click.echo("Suppression lifted. The subscriber is now unsubscribed.")

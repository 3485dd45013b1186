"""`newsletter subscriber export`."""

from __future__ import annotations

from typing import Any

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal
from newsletter.cli.subscriber.options import STATES, newsletter_option
from newsletter.domain.consent import SubscriptionState


@click.command("export")
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

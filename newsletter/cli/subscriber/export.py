"""`newsletter subscriber export`."""

from __future__ import annotations

from typing import Any

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal
from newsletter.cli.subscriber.options import chosen_audience, filter_options, newsletter_option


@click.command("export")
@newsletter_option
@filter_options
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", atomic=True), default="-")
def export_command(slug: str, output: Any, **conditions: Any) -> None:
    """Export subscribers as CSV, in the format of import."""
    from newsletter.usecases.readers.export_subscribers import export_subscribers
    from newsletter.usecases.readers.list_subscribers import SubscriberFilter

    wanted = SubscriberFilter(audience=chosen_audience(conditions))
    with command_context() as context:
        for piece in export_subscribers(context, slug, command_line_principal(), wanted):
            output.write(piece.replace("\r\n", "\n"))

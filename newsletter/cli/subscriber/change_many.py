"""`newsletter subscriber tag` and `untag`."""

from __future__ import annotations

from typing import Any

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal
from newsletter.cli.subscriber.options import chosen_audience, filter_options, newsletter_option


@click.command()
@click.argument("new_tag", metavar="TAG")
@newsletter_option
@filter_options
def tag(new_tag: str, slug: str, **conditions: Any) -> None:
    """Tag all subscribers that a filter finds. Without one, all of the newsletter."""
    _change("tag", new_tag, slug, conditions)


@click.command()
@click.argument("old_tag", metavar="TAG")
@newsletter_option
@filter_options
def untag(old_tag: str, slug: str, **conditions: Any) -> None:
    """Remove a tag from all subscribers that a filter finds."""
    _change("untag", old_tag, slug, conditions)


def _change(what: str, value: str, slug: str, conditions: dict[str, Any]) -> None:
    from newsletter.usecases.readers.change_many import Chosen, ManyChange, What, change_many

    chosen, change = Chosen(chosen_audience(conditions)), ManyChange(What(what), value)
    with command_context() as context:
        for step in change_many(context, slug, chosen, change, command_line_principal()):
            click.echo(
                f"{step.changed:,} of {step.looked_at:,} {chosen.words} changed.",
                err=not step.is_done,
            )

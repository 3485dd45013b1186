"""`newsletter issue export`: an issue as a digest that can be pasted again."""

from __future__ import annotations

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal


@click.command()
@click.argument("issue", type=int)
def export(issue: int) -> None:
    """Write ISSUE to standard output as Markdown that we read back to the same issue.

    ISSUE is an ID from the address of its page. Front matter that means nothing here is kept.
    """
    from newsletter.reading.digests.writer import digest_markdown
    from newsletter.usecases.newsletters.show_newsletters import open_issue

    with command_context() as context:
        opened = open_issue(context, issue, command_line_principal())
    click.echo(
        digest_markdown(
            opened.content, newsletter=opened.profile.slug, other_keys=opened.other_keys
        ),
        nl=False,
    )

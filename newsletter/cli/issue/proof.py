"""`newsletter issue proof`: an issue to colleagues before it goes out."""

from __future__ import annotations

import click

from newsletter.cli.contexts import signing_context
from newsletter.cli.shell import command_line_principal


@click.command()
@click.argument("issue_id", type=int, metavar="ISSUE")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--note", default="", help="What they read above it.")
def proof(issue_id: int, addresses: tuple[str, ...], note: str) -> None:
    """Mail ISSUE as it stands now to colleagues, marked [Proof], with a note on top.

    It is in the outbox then: a worker of `newsletter up` sends it at once.
    """
    from newsletter.usecases.sending.send_proof import send_proof

    with signing_context() as context:
        sent = send_proof(context, issue_id, addresses, note, command_line_principal())
    click.echo(f"{len(sent)} in the outbox.")

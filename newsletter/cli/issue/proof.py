"""`newsletter issue proof`: an issue to colleagues before it goes out."""

from __future__ import annotations

import click

from newsletter.cli.contexts import ADDRESSES, command_context
from newsletter.cli.shell import command_line_principal


@click.command()
@click.argument("issue_id", type=int, metavar="ISSUE")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--note", default="", help="A note to show at the top.")
def proof(issue_id: int, addresses: tuple[str, ...], note: str) -> None:
    """Send the current version of ISSUE to colleagues, marked [Proof], with a note at the top.

    The proof goes to the outbox. A worker of `newsletter up` sends it at once.
    """
    from newsletter.usecases.sending.send_proof import send_proof

    with command_context(*ADDRESSES) as context:
        sent = send_proof(context, issue_id, addresses, note, command_line_principal())
    click.echo(f"Queued {len(sent)} in the outbox.")

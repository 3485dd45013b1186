"""`newsletter doctor`: whether mail can be sent, is believed, and can come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import LINKS, command_context
from newsletter.cli.shell import EXIT_FAILED, command_line_principal, json_option, print_json

if TYPE_CHECKING:
    from newsletter.domain.operations.diagnoses import Diagnosis
    from newsletter.usecases.operations.last_examinations import Examination


@click.command()
@click.option("--newsletter", "slug", default="", help="Only this newsletter's sender.")
@click.option("--blocklists", is_flag=True, help="Also ask public blocklists about you.")
@click.option("--round-trip", is_flag=True, help="Also mail BOUNCE_DOMAIN, and see it come back.")
@click.option("--server", default="", help="The name server to ask: ADDRESS or ADDRESS:PORT.")
@json_option
def doctor(
    slug: str,
    blocklists: bool,  # noqa: FBT001
    round_trip: bool,  # noqa: FBT001
    server: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Examine senders and this installation, and say how to mend what is wrong.

    Looks at SPF, DKIM, DMARC, MX, the names of the addresses that send (SENDING_ADDRESSES), the
    relay, PUBLIC_URL and its one-click unsubscribe, clocks, disks, secrets and services. It changes
    nothing, and sends no mail but that of --round-trip.

    Exit code 1 if there is an error. Warnings and hints are shown, and leave it at 0.
    """
    from newsletter.usecases.operations.examine import Wishes, examine

    with command_context(*LINKS) as context:
        wishes = Wishes(blocklists, round_trip, server)
        made = examine(context, command_line_principal(), slug, wishes)
    if as_json:
        print_json([examination.to_json() for examination in made])
    else:
        for examination in made:
            _tell(examination)
    if any(examination.is_sick for examination in made):
        raise click.exceptions.Exit(EXIT_FAILED)


def _tell(examination: Examination) -> None:
    click.echo(examination.name)
    for diagnosis in examination.diagnoses:
        _tell_one(diagnosis)
    click.echo("")


def _tell_one(diagnosis: Diagnosis) -> None:
    click.echo(f"  {diagnosis.health.value:8} {diagnosis.check}, {diagnosis.about}")
    for text in (diagnosis.found, diagnosis.why):
        if text:
            click.echo(f"           {text}")
    if diagnosis.mend:
        click.echo(f"           To fix it: {diagnosis.mend}")

"""`newsletter audit`: what people did, by who, what and when."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table


@click.group()
def audit() -> None:
    """Show what editors and commands changed."""


@audit.command("list")
@click.option("--newsletter", "slug", help="Only what is about this newsletter.")
@click.option("--who", default="", help="Only by this person, as the log names them.")
@click.option("--action", default="", help="How the action begins: issue, or issue.sent_now.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on, in UTC.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Before this day, in UTC.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
def list_command(  # noqa: PLR0913, PLR0917  each is an option
    slug: str | None,
    who: str,
    action: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,  # noqa: FBT001
) -> None:
    """List the newest acts first."""
    from newsletter.usecases.staff.audit import AuditFilter, list_audit

    wanted = AuditFilter(who, action, _utc(since), _utc(until), limit=limit)
    with command_context() as context:
        found = list_audit(context, command_line_principal(), wanted, slug)
    if as_json:
        print_json([line.to_json() for line in found])
        return
    print_table(
        ("WHEN (UTC)", "WHO", "WHAT", "ABOUT", "WHERE FROM"),
        [
            (
                f"{line.happened.at:%Y-%m-%d %H:%M}",
                line.happened.who,
                line.happened.sentence,
                line.about,
                line.happened.origin.words,
            )
            for line in found
        ],
    )


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None

"""`newsletter issue audience`, `schedule` and `send`: who gets an issue, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json
from newsletter.domain.readers.audiences import SOURCES, Kind, in_words

if TYPE_CHECKING:
    from newsletter.usecases.context import Context

_ISSUE = click.argument("issue_id", type=int, metavar="ISSUE")
_MINUTES = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
_CONDITIONS = (
    click.option("--tag", multiple=True, help="With this tag. Repeat for any of several."),
    click.option("--no-tag", multiple=True, help="Without this tag."),
    click.option(
        "--interested-in",
        "interest",
        multiple=True,
        metavar="SECTION",
        help="Who have not muted this section.",
    ),
    click.option(
        "--attribute", multiple=True, metavar="NAME=VALUE", help="Whose attribute has this value."
    ),
    click.option("--joined-since", metavar="DAY", help="Who joined on or after this day."),
    click.option("--joined-before", metavar="DAY", help="Who joined before this day."),
    click.option(
        "--source", multiple=True, type=click.Choice([*SOURCES]), help="How they came to the list."
    ),
    click.option(
        "--not-mailed-today", is_flag=True, help="Who got no other issue on the day it goes out."
    ),
    click.option("--everyone", is_flag=True, help="All active subscribers."),
)


def conditions(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_CONDITIONS):
        command = option(command)
    return command


@click.command()
@_ISSUE
@conditions
@json_option
def audience(issue_id: int, as_json: bool, **typed: Any) -> None:  # noqa: FBT001  click's way
    """Show who gets ISSUE, or choose it with the options.

    Options of one kind are alternatives. Those of different kinds must all hold.
    """
    from newsletter.usecases.sending.audience import show_audience

    with command_context() as context:
        _choose(context, issue_id, typed)
        shown = show_audience(context, issue_id, command_line_principal(), exact=True)
    if as_json:
        print_json(shown.to_json())
    else:
        click.echo(f"Goes to {shown.words}.")


@click.command()
@_ISSUE
@click.option(
    "--at",
    "local_time",
    required=True,
    type=click.DateTime(_MINUTES),
    help="The time in the newsletter's time zone, such as '2026-12-24 09:00'.",
)
@click.option(
    "--second",
    "fold",
    flag_value=1,
    type=int,
    help="The second of two equal times, when the clocks go back.",
)
@click.option("--first", "fold", flag_value=0, type=int, help="The first of the two.")
@conditions
@json_option
def schedule(
    issue_id: int,
    local_time: datetime,
    fold: int | None,
    as_json: bool,  # noqa: FBT001
    **typed: Any,
) -> None:
    """Schedule ISSUE for a time, to the subscribers that the options name.

    Without options it keeps the audience that it has: at first, all active subscribers.
    """
    from newsletter.usecases.sending.audience import show_audience
    from newsletter.usecases.sending.schedule_issue import schedule_issue

    with command_context() as context:
        _choose(context, issue_id, typed)
        moment = schedule_issue(context, issue_id, local_time, fold, command_line_principal())
        shown = show_audience(context, issue_id, command_line_principal(), exact=True)
    if as_json:
        print_json({"scheduled_at": moment.isoformat(), **shown.to_json()})
        return
    click.echo(f"Scheduled for {moment:%Y-%m-%d %H:%M} UTC. It would reach {shown.words} now.")


@click.command()
@_ISSUE
@click.option("--yes", is_flag=True, help="Don't ask.")
@conditions
@json_option
def send(issue_id: int, yes: bool, as_json: bool, **typed: Any) -> None:  # noqa: FBT001
    """Send ISSUE now, to the subscribers that the options name. Asks first.

    Without options it keeps the audience that it has: at first, all active subscribers. A worker
    must be running.
    """
    from newsletter.usecases.sending.audience import show_audience
    from newsletter.usecases.sending.schedule_issue import send_now

    with command_context() as context:
        _choose(context, issue_id, typed)
        shown = show_audience(context, issue_id, command_line_principal(), exact=True)
        if not yes:
            click.confirm(f"Send it now to {shown.words}?", abort=True, err=as_json)
        due = send_now(context, issue_id, command_line_principal(), shown.audience)
    if as_json:
        print_json({"scheduled_at": due.isoformat(), **shown.to_json()})
        return
    click.echo(
        f"Goes out at {due:%Y-%m-%d %H:%M:%S} UTC to {in_words(shown.audience)}. "
        f"Run `newsletter issue report {issue_id}` to see how it goes."
    )


def _choose(context: Context, issue_id: int, typed: dict[str, Any]) -> None:
    """Nothing when no option is given."""
    from newsletter.usecases.sending.audience import choose_audience

    pairs = _pairs(typed)
    if typed["everyone"] and pairs:
        raise click.UsageError("Use --everyone alone, without conditions.")
    if pairs or typed["everyone"]:
        choose_audience(context, issue_id, pairs, command_line_principal())


def _pairs(typed: dict[str, Any]) -> list[tuple[str, str]]:
    several = {
        Kind.TAG: typed["tag"],
        Kind.NO_TAG: typed["no_tag"],
        Kind.INTEREST: typed["interest"],
        Kind.ATTRIBUTE: typed["attribute"],
        Kind.SOURCE: typed["source"],
        Kind.JOINED_SINCE: (typed["joined_since"],),
        Kind.JOINED_BEFORE: (typed["joined_before"],),
        Kind.NOT_MAILED_TODAY: ("yes",) if typed["not_mailed_today"] else (),
    }
    return [(kind.value, value) for kind, values in several.items() for value in values if value]

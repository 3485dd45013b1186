"""`newsletter inbound list`, `show` and `judge-again`."""

from __future__ import annotations

import click

from newsletter.cli.contexts import LINKS, command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table


@click.command("list")
@click.option("--verdict", default="", help="Only these, such as hard, complaint or reply.")
@click.option("--newsletter", "slug", default="", help="Only about this newsletter, by its slug.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--before", type=int, help="Older than this id: the next page.")
@json_option
def list_messages(verdict: str, slug: str, limit: int, before: int | None, as_json: bool) -> None:  # noqa: FBT001
    """List what came back, the newest first."""
    from newsletter.usecases.feedback.show_feedback import FeedbackFilter, list_feedback

    wanted = FeedbackFilter(verdict, slug, before, limit)
    with command_context() as context:
        lines = list_feedback(context, command_line_principal(), wanted)
    if as_json:
        print_json([line.to_json() for line in lines])
        return
    rows = [
        (
            line.inbound_id,
            f"{line.at:%Y-%m-%d %H:%M}",
            line.door,
            line.verdict,
            line.about,
            line.rule,
        )
        for line in lines
    ]
    print_table(("ID", "WHEN", "DOOR", "VERDICT", "ABOUT", "RULE"), rows)
    if not lines:
        click.echo("Nothing came back yet. See docs/runbook.md for how to open a door.")


@click.command()
@click.argument("inbound_id", type=int)
@json_option
def show(inbound_id: int, as_json: bool) -> None:  # noqa: FBT001
    """Show the message INBOUND_ID: what it says of whom, and the rule that decided."""
    from newsletter.usecases.feedback.show_feedback import show_message

    with command_context() as context:
        message = show_message(context, inbound_id, command_line_principal())
    if as_json:
        print_json(message.to_json())
        return
    click.echo(f"{message.at:%Y-%m-%d %H:%M} by {message.door}: {message.state}")
    for line in message.lines:
        said = " ".join(filter(None, (line.status, line.diagnostic)))
        click.echo(f"  {line.verdict} by the rule {line.rule}: {line.about}. {said}")


@click.command("judge-again")
def judge_again() -> None:
    """Judge the messages again that older rules judged, or that failed, while we have them."""
    from newsletter.usecases.feedback.judge import judge_again, judge_new

    with command_context(*LINKS) as context:
        count = judge_again(context)
        while judge_new(context).messages:
            pass
    click.echo(f"Judged {count} {'message' if count == 1 else 'messages'} again.")

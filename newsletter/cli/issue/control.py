"""`newsletter issue pause`, `resume` and `cancel`: as the buttons on the page of an issue."""

from __future__ import annotations

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal

_ISSUE = click.argument("issue_id", type=int, metavar="ISSUE")


@click.command()
@_ISSUE
def pause(issue_id: int) -> None:
    """Pause ISSUE while it is being sent. Nothing more is sent until you resume it."""
    from newsletter.usecases.sending.control_issue import pause_issue

    with command_context() as context:
        pause_issue(context, issue_id, command_line_principal())
    click.echo(f"Paused. Run `newsletter issue resume {issue_id}` to send the rest.")


@click.command()
@_ISSUE
def resume(issue_id: int) -> None:
    """Resume ISSUE: send the copies that are still waiting.

    `newsletter issue report` shows why it was paused. A worker must be running.
    """
    from newsletter.usecases.sending.control_issue import resume_issue

    with command_context() as context:
        resume_issue(context, issue_id, command_line_principal())
    click.echo(f"Resumed. Run `newsletter issue report {issue_id}` to see how it goes.")


@click.command()
@_ISSUE
@click.confirmation_option(prompt="Cancel it for good? Copies that wait are never sent")
def cancel(issue_id: int) -> None:
    """Cancel ISSUE for good. Copies that wait are never sent.

    What was sent stays in the report. Asks first, unless you give --yes.
    """
    from newsletter.usecases.sending.control_issue import cancel_issue

    with command_context() as context:
        cancel_issue(context, issue_id, command_line_principal())
    click.echo("Cancelled.")

"""`newsletter issue report` and `resend`: what became of an issue, and its copies sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table

if TYPE_CHECKING:
    from newsletter.usecases.sending.report_issue import IssueReport, Pause
    from newsletter.usecases.sending.resend import Resent

_COUNTS = (
    "accepted failed uncertain withdrawn suppressed expired cancelled deferred handing_over pending"
).split()


@click.command()
@click.argument("issue_id", type=int, metavar="ISSUE")
@json_option
def report(issue_id: int, as_json: bool) -> None:  # noqa: FBT001  click's way
    """Add up what became of every reader's copy of ISSUE, an id as the editor's pages show it."""
    from newsletter.usecases.sending.report_issue import report_issue

    with command_context() as context:
        found = report_issue(context, issue_id, command_line_principal())
    if as_json:
        print_json(found.to_json())
    else:
        _show_report(found)


@click.command("resend")
@click.argument("issue_id", type=int, metavar="ISSUE")
@click.option("--failed", is_flag=True, help="Copies that the relay refused.")
@click.option("--expired", is_flag=True, help="Copies given up after too long.")
@click.option("--held", is_flag=True, help="Uncertain copies that wait for an editor.")
@json_option
def resend_command(
    issue_id: int,
    failed: bool,  # noqa: FBT001
    expired: bool,  # noqa: FBT001
    held: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Send copies of ISSUE again that ended without arriving, and no others.

    Without an option, those that failed and those that expired. Who has left or is suppressed
    since is left out. A copy keeps its Message-ID. Of a held one nobody knows whether it arrived:
    sent again, it may come twice.
    """
    from newsletter.store.sending.resends import Ended
    from newsletter.usecases.sending.resend import NOT_TAKEN, resend

    asked = zip(Ended, (failed, expired, held), strict=True)
    kinds = tuple(kind for kind, is_wanted in asked if is_wanted) or NOT_TAKEN
    with command_context() as context:
        done = resend(context, issue_id, kinds, command_line_principal())
    if as_json:
        print_json(done.to_json())
    else:
        _show_resent(done)


def _show_resent(done: Resent) -> None:
    if not done.total:
        click.echo("There is nothing of that kind to send again.")
    else:
        click.echo(f"{done.failed} failed, {done.expired} expired, {done.held} held go out again.")
    if done.left_out:
        click.echo(f"{done.left_out} are left out: they have left or are suppressed since.")


def _show_report(found: IssueReport) -> None:
    number = f"#{found.number} " if found.number else ""
    click.echo(f"{number}{found.title}: {found.state}")
    if found.state_reason:
        click.echo(found.state_reason)
    if found.standstill:
        click.echo(f"Nothing moves. {found.standstill}")
    for name, pauses in (("Relay", found.relays), ("Domain", found.domains)):
        for pause in pauses:
            click.echo(f"{name} {_pause_line(pause)}")
    if found.held_back:
        first, others = found.canary_readers, found.held_back
        click.echo(f"{first} readers get it first; {others} others wait for the verdict.")
    if found.messages_per_second:
        click.echo(f"{found.messages_per_second} messages a second")
    counts = [(name.replace("_", " "), getattr(found, name)) for name in _COUNTS]
    print_table(("what", "readers"), [("active at freeze", found.active_at_freeze), *counts])
    click.echo("It adds up." if found.adds_up else "It does NOT add up: please report this.")
    if found.uncertain:
        click.echo(_uncertain_line(found))
    if found.failures:
        click.echo("")
        print_table(("address", "why"), [(one.address, one.reply) for one in found.failures])
        shown, all_of_them = len(found.failures), found.failed + found.expired
        if shown < all_of_them:
            click.echo(f"These are the first {shown} of {all_of_them}.")
    _show_history(found)


def _show_history(found: IssueReport) -> None:
    click.echo("")
    print_table(
        ("WHEN (UTC)", "WHO", "WHAT"),
        [(f"{one.at:%Y-%m-%d %H:%M}", one.who, one.sentence) for one in found.history],
    )


def _pause_line(pause: Pause) -> str:
    until = f"left alone until {pause.until:%Y-%m-%d %H:%M:%S} UTC" if pause.is_current else "tried"
    return f"{pause.name} ({until}): {pause.reason}"


def _uncertain_line(found: IssueReport) -> str:
    """What becomes of them, by the setting."""
    back = found.uncertain - found.held
    words = [f"{back} uncertain go out again by themselves." if back else ""]
    if found.held:
        words.append(
            f"{found.held} uncertain are held (UNCERTAIN={found.uncertain_policy}): "
            f"`newsletter issue resend {found.issue_id} --held` sends them again."
        )
    return " ".join(filter(None, words))

"""`newsletter inbound doubts` and `decide`: dead addresses in masses, as on What came back."""

from __future__ import annotations

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table


@click.command("doubts")
@json_option
def doubts(as_json: bool) -> None:  # noqa: FBT001  click's way
    """List issues whose copies came back as dead addresses in masses.

    One broken mail server can call every address dead. So nobody is suppressed for such reports
    until you decide. Look at the words of the other side, and at a few of the addresses:

    \b
    newsletter inbound doubts
    newsletter inbound list --verdict hard
    newsletter inbound decide 12 --keep        the server was broken
    newsletter inbound decide 12 --suppress    the addresses are dead

    With --json, prints a list of {issue_id, newsletter, number, since, domain, dead, taken,
    sentence}. An empty domain means all copies of the issue.
    """
    from newsletter.usecases.feedback.doubt import list_doubts

    with command_context() as context:
        found = list_doubts(context, command_line_principal())
    if as_json:
        print_json([one.to_json() for one in found])
        return
    if not found:
        click.echo("Nothing is in doubt.")
        return
    rows = [
        (one.issue_id, one.newsletter, one.domain or "all", one.dead, one.taken) for one in found
    ]
    print_table(("ISSUE", "NEWSLETTER", "DOMAIN", "DEAD", "TAKEN"), rows)
    for one in found:
        click.echo(f"{one.issue_id}: {one.sentence}")


@click.command("decide")
@click.argument("issue_id", type=int, metavar="ISSUE")
@click.option("--keep", "choice", flag_value="keep", help="Keep these subscribers.")
@click.option("--suppress", "choice", flag_value="suppress", help="Suppress them all.")
@json_option
def decide(issue_id: int, choice: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Decide what is in doubt about ISSUE, an ID from `newsletter inbound doubts`.

    --keep: the other side was broken. Nobody is suppressed for these reports, and they count for
    nothing. --suppress: the addresses are dead. They get no more mail, and neither do those that
    are reported dead later for this issue. Either way, resume the issue or the domain if it paused.
    """
    from newsletter.domain.feedback.doubts import Decision
    from newsletter.usecases.feedback.doubt import decide_doubts

    if choice is None:
        raise click.UsageError("Say --keep or --suppress.")
    decision = Decision.BELIEVED if choice == "suppress" else Decision.DISMISSED
    with command_context() as context:
        count = decide_doubts(context, issue_id, decision, command_line_principal())
    if as_json:
        print_json({"issue_id": issue_id, "decision": decision.value, "suppressed": count})
    elif decision is Decision.BELIEVED:
        click.echo(f"Suppressed {count:,} {'address' if count == 1 else 'addresses'}.")
    else:
        click.echo("Nobody is suppressed for these.")

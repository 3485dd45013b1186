"""`newsletter issue report` and `resend`: what became of an issue, and its copies sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table
from newsletter.domain.feedback.later_facts import LaterKind

if TYPE_CHECKING:
    from newsletter.usecases.clicks.show_liked import Liked
    from newsletter.usecases.sending.issue_report import IssueReport, Pause
    from newsletter.usecases.sending.resend import Resent

_COUNTS = (
    "accepted failed uncertain withdrawn suppressed expired cancelled deferred handing_over pending"
).split()


@click.command()
@click.argument("issue_id", type=int, metavar="ISSUE")
@json_option
def report(issue_id: int, as_json: bool) -> None:  # noqa: FBT001  click's way
    """Report on the copies of ISSUE, an ID from the address of its page."""
    from newsletter.usecases.clicks.show_liked import show_liked
    from newsletter.usecases.sending.report_issue import report_issue

    with command_context() as context:
        found = report_issue(context, issue_id, command_line_principal())
        liked = show_liked(context, issue_id, command_line_principal())
    if as_json:
        print_json(found.to_json() | (liked.to_json() if liked else {}))
        return
    _show_report(found)
    if liked:
        _show_liked(liked)


@click.command("resend")
@click.argument("issue_id", type=int, metavar="ISSUE")
@click.option("--failed", is_flag=True, help="Copies the relay refused.")
@click.option("--expired", is_flag=True, help="Copies that expired.")
@click.option("--held", is_flag=True, help="Uncertain copies that are held for an editor.")
@json_option
def resend_command(
    issue_id: int,
    failed: bool,  # noqa: FBT001
    expired: bool,  # noqa: FBT001
    held: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Resend the copies of ISSUE that did not arrive.

    Without an option, resends failed and expired copies. Skips subscribers who have since
    unsubscribed or been suppressed. Each copy keeps its Message-ID. A held copy may have arrived,
    so a subscriber may get it twice.
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
        click.echo("Nothing to resend.")
    else:
        click.echo(
            f"Resending {done.failed} failed, {done.expired} expired and {done.held} held copies."
        )
    if done.left_out:
        click.echo(f"Skipped {done.left_out} who have since unsubscribed or been suppressed.")


def _show_report(found: IssueReport) -> None:
    number = f"#{found.number} " if found.number else ""
    click.echo(f"{number}{found.title}: {found.state}")
    click.echo(f"For {found.audience}.")
    if found.state_reason:
        click.echo(found.state_reason)
    _show_what_holds_it_up(found)
    if found.held_back:
        first, others = found.canary_readers, found.held_back
        click.echo(f"{first} subscribers get it first. The other {others} wait.")
    if found.messages_per_second:
        click.echo(f"{found.messages_per_second} messages a second")
    counts = [(name.replace("_", " "), getattr(found, name)) for name in _COUNTS]
    print_table(("what", "subscribers"), [("active at start", found.active_at_freeze), *counts])
    click.echo(
        "The counts add up." if found.adds_up else "The counts do NOT add up. Report this as a bug."
    )
    if found.next_tries:
        print_table(
            ("domain", "waiting", "next try (UTC)", "what was said"),
            [(t.domain, t.copies, f"{t.at:%Y-%m-%d %H:%M}", t.said) for t in found.next_tries],
        )
    if found.by_domain:
        print_table(
            ("domain", "copies", "accepted", "not delivered"),
            [(d.domain or "all others", d.copies, d.accepted, d.failed) for d in found.by_domain],
        )
    _show_later(found)
    if found.uncertain:
        click.echo(_uncertain_line(found))
    if found.failures:
        click.echo("")
        print_table(("address", "reply"), [(one.address, one.reply) for one in found.failures])
        shown, all_of_them = len(found.failures), found.failed + found.expired
        if shown < all_of_them:
            click.echo(f"Showing the first {shown} of {all_of_them}.")
    _show_history(found)


def _show_later(found: IssueReport) -> None:
    """What came back of the accepted copies, which stay accepted in the counts above."""
    if lines := [(kind.words, found.later.of(kind)) for kind in LaterKind if found.later.of(kind)]:
        click.echo(f"Of the {found.accepted} accepted copies, afterwards:")
        print_table(("what came back", "copies"), lines)
    if found.later_warning:
        click.echo(found.later_warning)


def _show_liked(liked: Liked) -> None:
    click.echo("")
    click.echo(
        f"{liked.bounced} bounced later, {liked.complaints} complaints, "
        f"{liked.unsubscribes} unsubscribed from this issue."
    )
    if not liked.is_counted:
        click.echo("Clicks are not counted.")
        return
    click.echo(f"{liked.people} clicks by people, {liked.clicks} in all.")
    print_table(
        ("LINK", "PEOPLE", "ALL CLICKS", "PLACE", "URL"),
        [
            (
                one.number,
                one.people,
                one.clicks,
                f"{one.section or 'no section'}, {one.position or 'introduction'}",
                one.url,
            )
            for one in liked.links
        ],
    )


def _show_what_holds_it_up(found: IssueReport) -> None:
    if found.standstill:
        click.echo(f"Sending has stalled. {found.standstill}")
    for name, pauses in (("Relay", found.relays), ("Domain", found.domains)):
        for pause in pauses:
            click.echo(f"{name} {_pause_line(pause)}")
    for relay in found.slow_relays:
        click.echo(
            f"Relay {relay.name} gets {relay.per_second:g} messages a second: {relay.reason}"
        )


def _show_history(found: IssueReport) -> None:
    click.echo("")
    print_table(
        ("WHEN (UTC)", "WHO", "WHAT"),
        [(f"{one.at:%Y-%m-%d %H:%M}", one.who, one.sentence) for one in found.history],
    )


def _pause_line(pause: Pause) -> str:
    until = f"paused until {pause.until:%Y-%m-%d %H:%M:%S} UTC" if pause.is_current else "retrying"
    if pause.is_named_in_reason:
        return f"{pause.reason} ({until})"
    return f"{pause.name} ({until}): {pause.reason}"


def _uncertain_line(found: IssueReport) -> str:
    """What becomes of them, by the setting."""
    back = found.uncertain - found.held
    words = [f"{back} uncertain will be resent automatically." if back else ""]
    if found.held:
        words.append(
            f"{found.held} uncertain held (UNCERTAIN={found.uncertain_policy}). "
            f"Resend with `newsletter issue resend {found.issue_id} --held`."
        )
    return " ".join(filter(None, words))

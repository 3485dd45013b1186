"""The root of all commands: what there is, and how to learn more."""

from __future__ import annotations

import click

from newsletter import telemetry
from newsletter.cli.shell import LazyCommand, RootGroup

MODULES = {
    "up": LazyCommand(
        "newsletter.cli.up:up", "Run the whole service on this machine until you press Ctrl-C."
    ),
    "demo": LazyCommand(
        "newsletter.cli.demo:demo", "Run the main workflow once and check the results."
    ),
    "issue": LazyCommand(
        "newsletter.cli.issue.group:issue",
        "Parse, check and render issues; send, report on, pause, resume, cancel and resend them.",
    ),
    "archive": LazyCommand(
        "newsletter.cli.archive:archive",
        "Import the past issues of a newsletter that was sent elsewhere.",
    ),
    "audit": LazyCommand(
        "newsletter.cli.audit:audit",
        "Show what editors and commands changed.",
    ),
    "delivery": LazyCommand(
        "newsletter.cli.delivery:delivery",
        "Show the deliveries to a subscriber.",
    ),
    "subscriber": LazyCommand(
        "newsletter.cli.subscriber.group:subscriber",
        "List, add, tag, unsubscribe, erase, import and export subscribers.",
    ),
    "suppression": LazyCommand(
        "newsletter.cli.suppression:suppression",
        "List, find, add, lift, import and export addresses that are never mailed.",
    ),
    "newsletter": LazyCommand(
        "newsletter.cli.newsletter:newsletter", "List newsletters, and change their settings."
    ),
    "picture": LazyCommand("newsletter.cli.picture:picture", "Add, list and delete pictures."),
    "editor": LazyCommand(
        "newsletter.cli.editor:editor", "List and remove editors, and create sign-in links."
    ),
    "dkim": LazyCommand(
        "newsletter.cli.dkim:dkim",
        "Create, publish, rotate and check DKIM keys.",
    ),
    "relay": LazyCommand(
        "newsletter.cli.relay:relay",
        "Show relay limits, pauses and slow recipient domains, and resume them.",
    ),
    "doctor": LazyCommand(
        "newsletter.cli.doctor:doctor",
        "Examine senders and this installation, and say how to mend what is wrong.",
    ),
    "inbound": LazyCommand(
        "newsletter.cli.inbound.group:inbound",
        "Take bounces, complaints and replies, or look at what came in.",
    ),
    "templates": LazyCommand(
        "newsletter.cli.templates:templates",
        "Check your email templates.",
    ),
    "tick": LazyCommand(
        "newsletter.cli.tick:tick", "Run the ticker, which wakes workers for due work."
    ),
    "backup": LazyCommand("newsletter.cli.backup:backup", "Back up the whole service to FILE."),
    "restore": LazyCommand("newsletter.cli.backup:restore", "Restore the backup in FILE."),
    "db": LazyCommand("newsletter.cli.db:db", "Upgrade and check the database schema."),
    "settings": LazyCommand(
        "newsletter.cli.settings:settings",
        "List all settings with their values, except secrets.",
    ),
    "completion": LazyCommand(
        "newsletter.cli.completion:completion", "Print the completion script for SHELL."
    ),
}


@click.group(
    cls=RootGroup,
    modules=MODULES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has --help. Settings come from the environment. `newsletter settings` "
    "lists them. Exit codes: 0 success; 1 failure, explained on standard error; 2 wrong usage.",
)
@click.version_option(package_name="newsletter", prog_name="newsletter")
@click.option("-v", "--verbose", is_flag=True, help="Also print the event log.")
@click.pass_context
def main(ctx: click.Context, verbose: bool) -> None:  # noqa: FBT001  click's way
    """An email newsletter service for people who write link digests.

    \b
    newsletter up            run the whole service on this machine; Ctrl-C stops it
    newsletter demo          run the main workflow once, to see that everything works
    newsletter editor link   print a sign-in link for the first editor, or for one you name
    """
    del verbose
    if isinstance(ctx.obj, telemetry.WideEvent):
        ctx.obj.add(command=ctx.invoked_subcommand or "")

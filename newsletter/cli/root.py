"""The root of all commands: what there is, and how to learn more."""

from __future__ import annotations

import click

from newsletter import telemetry
from newsletter.cli.shell import Place, RootGroup

MODULES = {
    "up": Place("newsletter.cli.up:up", "Run the whole service on this machine, until Ctrl-C."),
    "demo": Place(
        "newsletter.cli.demo:demo", "Do the whole main job once, and see whether it adds up."
    ),
    "issue": Place(
        "newsletter.cli.issue.group:issue",
        "Digests and issues: see how a text is understood, and what became of an issue.",
    ),
    "delivery": Place(
        "newsletter.cli.delivery:delivery",
        "The ledger, by reader: who got what, when, and what the relay said.",
    ),
    "subscriber": Place(
        "newsletter.cli.subscriber.group:subscriber",
        "The readers of a newsletter: look, add, end, erase, bring in and out as CSV.",
    ),
    "newsletter": Place(
        "newsletter.cli.newsletter:newsletter", "The newsletters that are published here."
    ),
    "editor": Place("newsletter.cli.editor:editor", "The people who write and send."),
    "dkim": Place(
        "newsletter.cli.dkim:dkim",
        "Sign mail with DKIM: make keys, print their DNS records, rotate and check them.",
    ),
    "relay": Place(
        "newsletter.cli.relay:relay",
        "The relays that mail is handed to: limits, pauses, slow recipient domains.",
    ),
    "templates": Place(
        "newsletter.cli.templates:templates",
        "The templates of mails: look whether your own ones can be used.",
    ),
    "tick": Place(
        "newsletter.cli.tick:tick", "Find what is due, each second, and wake workers for it."
    ),
    "db": Place("newsletter.cli.db:db", "The database: its schema and migrations."),
    "settings": Place(
        "newsletter.cli.settings:settings",
        "List all settings with their values here; secrets are not shown.",
    ),
    "completion": Place(
        "newsletter.cli.completion:completion", "Print the completion script for SHELL."
    ),
}


@click.group(
    cls=RootGroup,
    modules=MODULES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has --help. Settings come from the environment; `newsletter settings` "
    "lists them. Exit codes: 0 done; 1 can't be done, and standard error says why; 2 wrong use.",
)
@click.version_option(package_name="newsletter", prog_name="newsletter")
@click.option("-v", "--verbose", is_flag=True, help="Show the event log in a terminal, too.")
@click.pass_context
def main(ctx: click.Context, verbose: bool) -> None:  # noqa: FBT001  click's way
    """An email newsletter service for people who write link digests.

    \b
    newsletter up            the whole service on this machine; Ctrl-C stops it
    newsletter demo          the main job, done once by itself, to see that all of it works
    newsletter editor link   a link that signs the first editor in, or one that you name
    """
    del verbose
    if isinstance(ctx.obj, telemetry.WideEvent):
        ctx.obj.add(command=ctx.invoked_subcommand or "")

"""The root of all commands: what there is, and how to learn more."""

from __future__ import annotations

from importlib.metadata import version

import click

from newsletter import telemetry
from newsletter.cli.shell import RootGroup

MODULES = {
    "up": "newsletter.cli.up:up",
    "demo": "newsletter.cli.demo:demo",
    "issue": "newsletter.cli.issues:issue",
    "delivery": "newsletter.cli.deliveries:delivery",
    "subscriber": "newsletter.cli.subscribers:subscriber",
    "newsletter": "newsletter.cli.newsletters:newsletter",
    "editor": "newsletter.cli.editors:editor",
    "dkim": "newsletter.cli.dkim:dkim",
    "relay": "newsletter.cli.relays:relay",
    "templates": "newsletter.cli.templates:templates",
    "tick": "newsletter.cli.tick:tick",
    "db": "newsletter.cli.database:db",
    "settings": "newsletter.cli.settings:settings",
    "completion": "newsletter.cli.completion:completion",
}


@click.group(
    cls=RootGroup,
    modules=MODULES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has --help. Settings come from the environment; `newsletter settings` "
    "lists them. Exit codes: 0 done; 1 can't be done, and standard error says why; 2 wrong use.",
)
@click.version_option(version("newsletter"), prog_name="newsletter")
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

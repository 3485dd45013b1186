"""`newsletter inbound`: the doors for mail that comes back, and what came in."""

from __future__ import annotations

import click

from newsletter.cli.shell import LazyCommand, LazyGroup

MODULES = {
    "read": LazyCommand(
        "newsletter.cli.inbound.read:read", "Store and judge messages from a file or Maildir."
    ),
    "list": LazyCommand(
        "newsletter.cli.inbound.show:list_messages", "List what came back, the newest first."
    ),
    "show": LazyCommand("newsletter.cli.inbound.show:show", "Show what a message says."),
    "doubts": LazyCommand(
        "newsletter.cli.inbound.doubts:doubts",
        "List issues whose copies came back as dead addresses in masses.",
    ),
    "decide": LazyCommand(
        "newsletter.cli.inbound.doubts:decide",
        "Decide what is in doubt about ISSUE, an ID from `newsletter inbound doubts`.",
    ),
    "judge-again": LazyCommand(
        "newsletter.cli.inbound.show:judge_again", "Judge stored messages by the current rules."
    ),
    "classify": LazyCommand(
        "newsletter.cli.inbound.classify:classify", "Show what messages mean, and store nothing."
    ),
}


@click.group(cls=LazyGroup, modules=MODULES, invoke_without_command=True)
@click.pass_context
def inbound(ctx: click.Context) -> None:
    """Take bounces, complaints and replies, or look at what came in.

    Without a command, opens the doors that are configured: INBOUND_SMTP, INBOUND_LMTP and
    INBOUND_MAILBOX. `newsletter up` does so itself.
    """
    if ctx.invoked_subcommand is not None:
        return
    from newsletter.runtime.entry import checked_settings
    from newsletter.runtime.inbound.serve import serve_inbound
    from newsletter.usecases.context import open_context

    context = open_context(checked_settings())
    try:
        serve_inbound(context)
    finally:
        context.database.dispose()

"""`newsletter issue`: digests as they are understood and rendered, and issues on their way."""

from __future__ import annotations

import click

from newsletter.cli.shell import LazyCommand, LazyGroup

MODULES = {
    "render": LazyCommand(
        "newsletter.cli.issue.render:render",
        "Render the digest in FILE (- for standard input) as an email.",
    ),
    "check": LazyCommand(
        "newsletter.cli.issue.check:check",
        "Check an issue for problems before you send it.",
    ),
    "from-feed": LazyCommand(
        "newsletter.cli.issue.from_feed:from_feed",
        "Make a new issue of the newest items of the feed at URL.",
    ),
    "from-links": LazyCommand(
        "newsletter.cli.issue.from_links:from_links",
        "Write the digest of one issue from a link log to standard output.",
    ),
    "proof": LazyCommand(
        "newsletter.cli.issue.proof:proof",
        "Send the current version of ISSUE to colleagues, marked [Proof], with a note at the top.",
    ),
    "export": LazyCommand(
        "newsletter.cli.issue.export:export",
        "Write ISSUE to standard output as Markdown that we read back to the same issue.",
    ),
    "history": LazyCommand(
        "newsletter.cli.issue.history:history",
        "List the versions of ISSUE.",
    ),
    "parse": LazyCommand(
        "newsletter.cli.issue.parse:parse",
        "Show how we read the digest in FILE (- for standard input).",
    ),
    "audience": LazyCommand(
        "newsletter.cli.issue.audience:audience",
        "Show who gets ISSUE, or choose it with the options.",
    ),
    "schedule": LazyCommand(
        "newsletter.cli.issue.audience:schedule",
        "Schedule ISSUE for a time, to the subscribers that the options name.",
    ),
    "send": LazyCommand(
        "newsletter.cli.issue.audience:send",
        "Send ISSUE now, to the subscribers that the options name.",
    ),
    "report": LazyCommand(
        "newsletter.cli.issue.report:report",
        "Report on the copies of ISSUE, an ID from the address of its page.",
    ),
    "pause": LazyCommand(
        "newsletter.cli.issue.control:pause",
        "Pause ISSUE while it is being sent.",
    ),
    "resume": LazyCommand(
        "newsletter.cli.issue.control:resume",
        "Resume ISSUE: send the copies that are still waiting.",
    ),
    "cancel": LazyCommand(
        "newsletter.cli.issue.control:cancel",
        "Cancel ISSUE for good.",
    ),
    "resend": LazyCommand(
        "newsletter.cli.issue.report:resend_command",
        "Resend the copies of ISSUE that did not arrive.",
    ),
}


@click.group(cls=LazyGroup, modules=MODULES)
def issue() -> None:
    """Parse, check and render issues; send, report on, pause, resume, cancel and resend them."""

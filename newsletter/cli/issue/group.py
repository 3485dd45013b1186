"""`newsletter issue`: digests as they are understood and rendered, and what became of an issue."""

from __future__ import annotations

import click

from newsletter.cli.shell import LazyGroup, Place

MODULES = {
    "render": Place(
        "newsletter.cli.issue.render:render",
        "Render the digest in FILE (- for standard input) as an email.",
    ),
    "check": Place(
        "newsletter.cli.issue.check:check",
        "Check an issue for problems before you send it.",
    ),
    "from-links": Place(
        "newsletter.cli.issue.from_links:from_links",
        "Write the digest of one issue from a link log to standard output.",
    ),
    "proof": Place(
        "newsletter.cli.issue.proof:proof",
        "Send the current version of ISSUE to colleagues, marked [Proof], with a note at the top.",
    ),
    "parse": Place(
        "newsletter.cli.issue.parse:parse",
        "Show how we read the digest in FILE (- for standard input).",
    ),
    "report": Place(
        "newsletter.cli.issue.report:report",
        "Report on the copies of ISSUE, an ID from the address of its page.",
    ),
    "resend": Place(
        "newsletter.cli.issue.report:resend_command",
        "Resend the copies of ISSUE that did not arrive.",
    ),
}


@click.group(cls=LazyGroup, modules=MODULES)
def issue() -> None:
    """Parse, check, render, report on and resend issues."""

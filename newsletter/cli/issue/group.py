"""`newsletter issue`: digests as they are understood and rendered, and what became of an issue."""

from __future__ import annotations

import click

from newsletter.cli.shell import LazyGroup, Place

MODULES = {
    "render": Place(
        "newsletter.cli.issue.render:render",
        "Write the mail that the digest in FILE (- for standard input) becomes.",
    ),
    "check": Place(
        "newsletter.cli.issue.check:check",
        "Say what will go wrong with an issue before it is sent, and what to do about it.",
    ),
    "from-links": Place(
        "newsletter.cli.issue.from_links:from_links",
        "Put the links of one issue together, and write its digest to standard output.",
    ),
    "proof": Place(
        "newsletter.cli.issue.proof:proof",
        "Mail ISSUE as it stands now to colleagues, marked [Proof], with a note on top.",
    ),
    "parse": Place(
        "newsletter.cli.issue.parse:parse",
        "Show how the digest in FILE (- for standard input) is understood.",
    ),
    "report": Place(
        "newsletter.cli.issue.report:report",
        "Add up what became of every reader's copy of ISSUE, an id as the editor's pages show it.",
    ),
    "resend": Place(
        "newsletter.cli.issue.report:resend_command",
        "Send copies of ISSUE again that ended without arriving, and no others.",
    ),
}


@click.group(cls=LazyGroup, modules=MODULES)
def issue() -> None:
    """Digests and issues: see how a text is understood, and what became of an issue."""

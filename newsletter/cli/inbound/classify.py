"""`newsletter inbound classify`: what messages mean, without a database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.shell import json_option, print_json, print_table

if TYPE_CHECKING:
    from newsletter.domain.feedback.verdicts import Feedback

_TITLES = ("File", "Recipient", "Verdict", "Status", "Reply", "Reason", "Rule")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False), metavar="FILE…")
@json_option
def classify(files: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001  click's way
    """Show what messages mean: bounces, complaints, automatic answers, replies.

    A file holds one message; - is standard input. Nothing is stored and nobody is suppressed.
    With --json, prints an object: for each file a list of {recipient, verdict, status, reply,
    reason, rule}.

    \b
    newsletter inbound classify bounce.eml
    newsletter inbound classify --json *.eml | jq 'map_values(map(.verdict))'
    """
    from newsletter.mail.inbound.feedback import read_feedback

    found = {file: read_feedback(_content(file))[0] for file in files}
    if as_json:
        print_json({file: [_shown(one) for one in feedback] for file, feedback in found.items()})
        return
    rows = [(file, *_shown(one).values()) for file, feedback in found.items() for one in feedback]
    print_table(_TITLES, rows)


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _shown(feedback: Feedback) -> dict[str, str]:
    return {
        "recipient": feedback.recipient,
        "verdict": feedback.verdict.value,
        "status": feedback.status,
        "reply": feedback.reply,
        "reason": feedback.reason,
        "rule": feedback.rule,
    }

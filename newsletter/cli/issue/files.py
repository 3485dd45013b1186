"""A digest in a file, as the commands take it that try one out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.config import Settings
from newsletter.domain.checks.left_out import amount_of
from newsletter.domain.issues.base_addresses import base_address

if TYPE_CHECKING:
    from newsletter.domain.issues.digests import Unplaced
    from newsletter.usecases.issues.render_digest import IssueFile

newsletter_option = click.option(
    "--newsletter",
    "slug",
    metavar="SLUG",
    help="Use the sender, language, design and earlier issues of this newsletter.",
)
base_url_option = click.option(
    "--base-url",
    metavar="URL",
    default="",
    help="Complete relative links and pictures with this address.",
)


def read_issue_file(file: str, settings: Settings, base_url: str = "") -> IssueFile:
    """`file` is a path, or - for standard input. Raises InvalidInput for what has no entries."""
    from newsletter.usecases.issues.render_digest import read_issue

    with click.open_file(file, "rb") as opened:
        return read_issue(
            opened.read(),
            settings.max_digest_bytes,
            name_of(file),
            base_url=base_address(base_url),
            today=datetime.now(UTC).date(),
        )


def name_of(file: str) -> str:
    """What the name of a file may say of its digest; nothing for standard input."""
    return "" if file == "-" else Path(file).name


def say_left_out(left_out: Sequence[Unplaced], dropped: Sequence[Unplaced]) -> None:
    lost = f"have no place in the issue, {amount_of(left_out)}"
    for pieces, what in ((left_out, lost), (dropped, "were dropped")):
        if pieces:
            click.echo(f"{len(pieces)} pieces of the text {what}:")
        for piece in pieces:
            click.echo(f"  line {piece.line}: {' '.join(piece.text.split())[:100]}")
            if piece.why:
                click.echo(f"    {piece.why}")

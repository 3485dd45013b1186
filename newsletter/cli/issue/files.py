"""A digest in a file, as the commands take it that try one out."""

from __future__ import annotations

import click

from newsletter.config import Settings
from newsletter.domain.issues import IssueContent

newsletter_option = click.option(
    "--newsletter",
    "slug",
    metavar="SLUG",
    help="Use the sender, language, design and earlier issues of this newsletter.",
)


def read_issue_file(file: str, settings: Settings) -> IssueContent:
    """`file` is a path, or - for standard input. Raises InvalidInput for what has no entries."""
    from newsletter.usecases.issues.render_digest import read_issue

    with click.open_file(file, "rb") as opened:
        return read_issue(opened.read(), settings.max_digest_bytes)

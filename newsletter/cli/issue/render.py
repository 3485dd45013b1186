"""`newsletter issue render`: a digest as the mail that it becomes, before it is one.

What belongs to a database is loaded where a newsletter is named: that takes longer than rendering.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from newsletter.cli.issue.files import (
    base_url_option,
    newsletter_option,
    read_issue_file,
    say_left_out,
)
from newsletter.cli.shell import command_line_principal
from newsletter.config import load_settings
from newsletter.domain.errors import InvalidInput
from newsletter.domain.newsletters.newsletter import NewsletterProfile


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to. It is created if needed.",
)
@newsletter_option
@base_url_option
def render(file: str, out: Path, slug: str | None, base_url: str) -> None:
    """Render the digest in FILE (- for standard input) as an email.

    \b
    issue.html    the HTML part, for an example subscriber
    issue.txt     the plain-text part
    issue.mjml    the MJML source of the HTML
    message.eml   the whole message, unsigned
    """
    from newsletter.usecases.issues.render_digest import example_newsletter, render_digest

    settings = load_settings()
    known = _newsletter(slug) if slug else None
    issue = read_issue_file(file, settings, base_url or (known.base_url if known else ""))
    content = issue.content
    profile = known or example_newsletter(content, settings)
    files = render_digest(settings, content, profile, datetime.now(UTC))
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "issue.html").write_text(files.html, encoding="utf-8", newline="")
        (out / "issue.txt").write_text(files.text, encoding="utf-8", newline="")
        (out / "issue.mjml").write_text(files.mjml, encoding="utf-8", newline="")
        (out / "message.eml").write_bytes(files.message)
    except OSError as error:
        raise InvalidInput(
            f"We can't write to {out}: {error.strerror}.", advice="Choose another folder."
        ) from error
    click.echo(
        f"{len(content.entries)} entries in {out}: HTML {len(files.html.encode()) / 1000:.1f} kB, "
        f"message {len(files.message) / 1000:.1f} kB"
    )
    say_left_out(issue.left_out, issue.dropped)


def _newsletter(slug: str) -> NewsletterProfile:
    from newsletter.cli.contexts import command_context
    from newsletter.usecases.checks.check_digest import find_newsletter

    with command_context() as context:
        return find_newsletter(context, slug, command_line_principal())

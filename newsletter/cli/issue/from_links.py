"""`newsletter issue from-links`: a log of links as the digest of one issue."""

from __future__ import annotations

import click

from newsletter.config import load_settings
from newsletter.domain.errors import InvalidInput


@click.command("from-links")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--number", required=True, help="The issue number as in the log, such as 0001.")
@click.option(
    "--title",
    default="#{number}",
    show_default=True,
    help="The title. {number} is replaced by the issue number.",
)
def from_links(file: str, number: str, title: str) -> None:
    """Write the digest of one issue from a link log to standard output.

    \b
    FILE is a link log in JSON:
      section_order   the titles of sections, in order
      issues          issue (its number), start, end, publish, text (the intro)
      links           date, title, url, category (its section), text

    The digest has the links from the issue's start date up to, but not including, its end date. You
    can edit it, paste it, or pass it to `newsletter issue render`.
    """
    from newsletter.reading.digests.writer import digest_markdown
    from newsletter.reading.link_log import issue_from_links, read_link_log

    limit = load_settings().max_digest_bytes
    with click.open_file(file, "rb") as opened:
        data = opened.read(limit + 1)
    if len(data) > limit:
        raise InvalidInput(f"The log is larger than {limit:,} bytes.")
    log = read_link_log(data)
    content = issue_from_links(log, number, title)
    if not content.entries:
        raise InvalidInput(f"The log has no links within the dates of issue {number}.")
    click.echo(digest_markdown(content), nl=False)

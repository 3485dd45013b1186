"""`newsletter issue from-links`: a log of links as the digest of one issue."""

from __future__ import annotations

import click

from newsletter.config import load_settings
from newsletter.domain.errors import InvalidInput


@click.command("from-links")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--number", required=True, help="Of the issue, as the log writes it: 0001.")
@click.option(
    "--title", default="#{number}", show_default=True, help="{number} stands for the number."
)
def from_links(file: str, number: str, title: str) -> None:
    """Put the links of one issue together, and write its digest to standard output.

    \b
    FILE is a log in JSON:
      section_order   the titles of sections, in order
      issues          issue (its number), start, end, publish, text (the intro)
      links           date, title, url, category (its section), text

    The links from the start up to, and not with, the end of the issue's dates are in it. The digest
    can be edited, pasted, or given to `newsletter issue render`.
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
        raise InvalidInput(f"No link of the log lies within the dates of issue {number}.")
    click.echo(digest_markdown(content, issue_date=log.window(number).publish), nl=False)

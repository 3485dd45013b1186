"""`newsletter issue from-feed`: a new issue of a feed's newest items."""

from __future__ import annotations

from datetime import datetime

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json


@click.command("from-feed")
@click.argument("url")
@click.option("--newsletter", "slug", required=True, metavar="SLUG", help="Whose issue it is.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The first day to take items of. [default: the day of the last issue]",
)
@click.option(
    "--limit", type=int, default=20, show_default=True, metavar="N", help="Take the newest N items."
)
@click.option(
    "--section", metavar="NAME", help="Put all in this section. [default: one for each category]"
)
@click.option("--keep-repeats", is_flag=True, help="Also take links that ran in earlier issues.")
@json_option
def from_feed(  # noqa: PLR0913, PLR0917  click's way
    url: str,
    slug: str,
    since: datetime | None,
    limit: int,
    section: str | None,
    keep_repeats: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Make a new issue of the newest items of the feed at URL.

    URL is the address of an RSS, Atom or JSON feed, or of a page that links to its feed.
    """
    from dataclasses import asdict

    from newsletter.usecases.issues.create_from_feed import FeedChoices, create_issue_from_feed
    from newsletter.usecases.newsletters.show_newsletters import show_newsletter

    choices = FeedChoices(since.date() if since else None, limit, section, keep_repeats)
    principal = command_line_principal()
    with command_context() as context:
        newsletter = show_newsletter(context, slug, principal).profile
        made = create_issue_from_feed(context, newsletter.id, url, principal, choices)
    if as_json:
        print_json(asdict(made))
        return
    click.echo(f"Issue {made.issue_id} has {made.entries} entries.")
    click.echo(f"Left out: {made.older} older items, {made.over_limit} over the limit.")
    verb = "kept" if keep_repeats else "left out"
    for title in made.repeats:
        click.echo(f"Ran before, {verb}: {title}")
    if made.trouble:
        click.echo(made.trouble)

"""`newsletter demo`: runs the main workflow once and checks the results."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.shell import EXIT_FAILED, json_option, print_json
from newsletter.config import load_settings

if TYPE_CHECKING:
    from newsletter.runtime.demo.run import Shown, Wish


@click.command()
@click.option(
    "--issue",
    type=click.Path(path_type=Path),
    help="Your own digest, in plain text or Markdown. Default: a sample.",
)
@click.option("--database-url", default="", help="An empty database. Default: SQLite.")
@click.option("--redis-url", default="", help="A Redis. Default: the embedded Valkey.")
@click.option(
    "--var",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="The working folder. It is wiped first. Default: demo in VAR_DIR.",
)
@json_option
@click.pass_context
def demo(  # noqa: PLR0913, PLR0917  one for each option
    ctx: click.Context,
    issue: Path | None,
    database_url: str,
    redis_url: str,
    directory: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Run the main workflow once and check the results.

    Starts the service on a free port with a throw-away folder and uses it over HTTP and SMTP: it
    sets up a newsletter, pastes a digest, signs up five people, confirms four, schedules and sends
    an issue, unsubscribes one with one click, and sends a second issue to the other three. Exit
    code 0 means that every step worked. The sent mail is in outbox/.
    """
    from newsletter.runtime.demo.run import Wish, run_demo

    wish = Wish(
        directory=(directory or load_settings().var_dir / "demo").resolve(),
        issue=issue,
        database_url=database_url,
        redis_url=redis_url,
    )
    shown = run_demo(wish, lambda line: click.echo(line, err=as_json))
    if as_json:
        print_json(_summary(shown))
    else:
        _print_summary(shown, wish)
    for problem in shown.tally.problems:
        click.echo(f"Error: {problem}", err=True)
    ctx.exit(EXIT_FAILED if shown.tally.problems else 0)


def _summary(shown: Shown) -> dict[str, Any]:
    counts = asdict(shown.tally)
    del counts["problems"]
    return {**counts, "seconds": round(shown.seconds, 1)}


def _print_summary(shown: Shown, wish: Wish) -> None:
    click.echo("")
    for name, value in _summary(shown).items():
        click.echo(f"  {name.replace('_', ' '):<17}{value}")
    click.echo("")
    click.echo(
        f"See {wish.directory / 'issue.html'}, issue.txt and outbox/*.eml in the same folder."
    )
    if not shown.tally.problems:
        click.echo("Everything worked.")

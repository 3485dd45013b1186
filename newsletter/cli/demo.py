"""`newsletter demo`: the main job, done once by itself, to see that all of it works."""

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
    help="A digest of your own, in plain text or Markdown; default: the project's sample.",
)
@click.option("--database-url", default="", help="An empty database; default: SQLite.")
@click.option("--redis-url", default="", help="A Redis; default: the embedded Valkey.")
@click.option(
    "--var",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to work; wiped first. Default: demo in the directory of state.",
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
    """Do the whole main job once, and see whether it adds up.

    Starts the service on a free port and a throw-away directory, and works with it over HTTP and
    SMTP as people would: a newsletter is set up, a digest is pasted, five readers sign up, four
    confirm, an issue is scheduled and sent, one leaves with one click, and a second issue reaches
    the other three. Exit code 0 means that all of it is so. What was mailed is left under outbox/.
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
        click.echo(f"Error: it does not add up: {problem}", err=True)
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
    click.echo(f"Look at {wish.directory / 'issue.html'}, issue.txt and outbox/*.eml there.")
    if not shown.tally.problems:
        click.echo("All of it adds up.")

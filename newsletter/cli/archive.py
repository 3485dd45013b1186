"""`newsletter archive import`: the issues of a newsletter that was sent elsewhere move in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import (
    EXIT_FAILED,
    LazyCommand,
    LazyGroup,
    command_line_principal,
    json_option,
    print_json,
    print_table,
)
from newsletter.cli.subscriber.options import newsletter_option

if TYPE_CHECKING:
    from newsletter.domain.past_issues import Judged
    from newsletter.usecases.archive.import_archive import ArchiveReport, Progress

MODULES = {
    "import": LazyCommand(
        "newsletter.cli.archive:import_command",
        "Import past issues from SOURCE: a folder, a zip or one file.",
    ),
}
_LONGEST_TITLE = 40


@click.group(cls=LazyGroup, modules=MODULES)
def archive() -> None:
    """Import the past issues of a newsletter that was sent elsewhere."""


@click.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@newsletter_option
@click.option("--base-url", default="", help="Completes relative links and pictures.")
@click.option(
    "--pictures",
    type=click.Choice(["link", "fetch"]),
    default="link",
    show_default=True,
    help="Leave pictures where they are, or fetch them and serve them from here.",
)
@click.option("--dry-run", is_flag=True, help="Show what would happen without changing anything.")
@json_option
def import_command(  # noqa: PLR0913, PLR0917  its options
    source: Path,
    slug: str,
    base_url: str,
    pictures: str,
    dry_run: bool,  # noqa: FBT001  click's way
    as_json: bool,  # noqa: FBT001
) -> None:
    """Import past issues from SOURCE: a folder, a zip or one file.

    SOURCE has digests, or is the export of Curated, Buttondown, Substack, Ghost or Mailchimp. Each
    issue gets its number, its old date and a public page. Nothing is mailed. You can safely run the
    same import twice.

    Exit code 0 says that every issue is there; 1 that some were refused, or have changed since they
    were imported.

    See docs/archive.md.
    """
    from newsletter.domain.past_issues import pictures_of
    from newsletter.reading.archives.opening import opened_path
    from newsletter.usecases.archive.import_archive import import_archive

    with command_context() as context:
        steps = import_archive(
            context,
            slug,
            partial(opened_path, source),
            command_line_principal(),
            base_url=base_url,
            dry_run=dry_run,
            pictures=pictures_of(pictures),
        )
        report = _report(steps)
    if as_json:
        print_json(report.to_json())
    else:
        _tell(report)
    if not report.is_complete:
        click.get_current_context().exit(EXIT_FAILED)


def _report(steps: Iterator[Progress | ArchiveReport]) -> ArchiveReport:
    from tqdm import tqdm

    from newsletter.usecases.archive.import_archive import ArchiveReport

    with tqdm(file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        for step in steps:
            if isinstance(step, ArchiveReport):
                return step
            bar.set_description(step.doing)
            bar.total = step.total
            bar.n = step.done
            bar.refresh()
    message = "an import ends with its report"
    raise AssertionError(message)


def _tell(report: ArchiveReport) -> None:
    if report.service:
        click.echo(f"This is an export of {report.service}.\n")
    rows = list(map(_row, report.files))
    titles = ("FILE", "NUMBER", "DATE", "TITLE", "ENTRIES", "NO PLACE", "OUTCOME", "REASON")
    print_table(titles, rows)
    click.echo(f"\n{report.summary}")


def _row(file: Judged) -> tuple[object, ...]:
    content = file.past.content if file.past else None
    if content is None:
        return (file.source, "", "", "", "", "", file.outcome, file.reason)
    return (
        file.source,
        content.number,
        content.issued_on,
        content.title[:_LONGEST_TITLE],
        len(content.entries),
        f"{file.left_out_percent} %",
        file.outcome,
        file.reason,
    )

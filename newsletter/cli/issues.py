"""`newsletter issue`: digests as the parser understands them, and what became of an issue."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.shell import command_context, json_option, print_json, print_table
from newsletter.config import load_settings
from newsletter.domain.digests import Digest, DigestEntry
from newsletter.domain.errors import InvalidInput
from newsletter.rendering.digest import decode_digest, parse_digest
from newsletter.usecases.report_issue import IssueReport, report_issue

_COUNTS = (
    "accepted failed uncertain withdrawn suppressed expired cancelled deferred pending".split()
)


@click.group()
def issue() -> None:
    """Digests and issues: see how a text is understood, and what became of an issue."""


@issue.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@json_option
def parse(file: str, as_json: bool) -> None:  # noqa: FBT001  click's way
    """Show how the digest in FILE (- for standard input) is understood.

    \b
    Three forms are read:
      plain text   a title line, below it its source (example.org), then paragraphs and lists
      web          the same with "# " before each title
      Markdown     front matter, ## sections, ### [Title](https://…) entries

    Nothing is dropped: what belongs to no entry is listed as unplaced, with its line.
    """
    with click.open_file(file, "rb") as opened:
        data = opened.read()
    digest = parse_digest(decode_digest(data, load_settings().max_digest_bytes))
    if as_json:
        print_json(digest.to_json())
    else:
        _outline(digest)
    if not digest.entries:
        raise InvalidInput(
            f"No entries were found in {Path(file).name}.",
            advice="An entry is a title line, below it a line with its source like example.org, "
            "or a heading: ### [Title](https://example.org/).",
        )


@issue.command()
@click.argument("issue_id", type=int, metavar="ISSUE")
@json_option
def report(issue_id: int, as_json: bool) -> None:  # noqa: FBT001  click's way
    """Add up what became of every reader's copy of ISSUE, an id as the editor's pages show it."""
    with command_context() as context:
        found = report_issue(context, issue_id)
    if as_json:
        print_json(found.to_json())
    else:
        _show_report(found)


def _outline(digest: Digest) -> None:
    click.echo(digest.title or "(no title)")
    for section in digest.sections:
        if section.title:
            click.echo(f"\n{section.title}")
        for entry in section.entries:
            _show_entry(entry)
    without_link = sum(not entry.url for entry in digest.entries)
    click.echo(
        f"\n{len(digest.entries)} entries, {without_link} without a link, "
        f"{len(digest.unplaced)} lines without a place"
    )
    for piece in digest.unplaced:
        click.echo(f"  line {piece.line}: {piece.text[:100]}")


def _show_entry(entry: DigestEntry) -> None:
    blocks = ", ".join(block.kind.value for block in entry.blocks) or "no text"
    click.echo(f"  {entry.line:>5}  {entry.title}")
    click.echo(f"         {' | '.join(entry.sources) or '(no source)'}: {blocks}")


def _show_report(found: IssueReport) -> None:
    number = f"#{found.number} " if found.number else ""
    click.echo(f"{number}{found.title}: {found.state}")
    if found.state_reason:
        click.echo(found.state_reason)
    if found.relay_trouble:
        click.echo(found.relay_trouble)
    counts = [(name, getattr(found, name)) for name in _COUNTS]
    rows = [("active at freeze", found.active_at_freeze), *counts]
    print_table(("what", "readers"), rows)
    click.echo("It adds up." if found.adds_up else "It does NOT add up: please report this.")
    if found.failures:
        click.echo("")
        print_table(("address", "why"), [(one.address, one.reply) for one in found.failures])

"""`newsletter issue parse`: how the text of a digest is understood."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from newsletter.cli.issue.files import base_url_option, name_of, say_left_out
from newsletter.cli.shell import json_option, print_json
from newsletter.config import load_settings
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.base_addresses import base_address
from newsletter.domain.issues.digests import WHAT_AN_ENTRY_IS, Digest, DigestEntry


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@base_url_option
@json_option
def parse(file: str, base_url: str, as_json: bool) -> None:  # noqa: FBT001  click's way
    """Show how we read the digest in FILE (- for standard input).

    \b
    Markdown     entries are headings, list items and paragraphs that a link leads
    HTML         read as its Markdown
    plain text   a title with its address or its source (example.org) on the line below, or with
                 a note: “Knots [1]”, and “[1] https://…” further down
    .rst, .org   reStructuredText and Org, read as their Markdown
    feeds        RSS, Atom, JSON Feed and Curated's export: an entry for each item

    Headings, bold lines and topics above lists are sections; other text is their introduction.
    What has no place is listed with its line, and so is what was dropped: comments, short codes.
    """
    from newsletter.reading.digests.decoding import decode_digest
    from newsletter.reading.digests.digest import parse_digest

    with click.open_file(file, "rb") as opened:
        data = opened.read()
    text = decode_digest(data, load_settings().max_digest_bytes)
    digest = parse_digest(
        text,
        file_name=name_of(file),
        base_url=base_address(base_url),
        today=datetime.now(UTC).date(),
    )
    if as_json:
        print_json(digest.to_json())
    else:
        _outline(digest)
    if not digest.entries:
        raise InvalidInput(
            f"We found no entries in {Path(file).name}.",
            advice=WHAT_AN_ENTRY_IS,
        )


def _outline(digest: Digest) -> None:
    click.echo(digest.title or "(no title)")
    for section in digest.sections:
        if section.title:
            click.echo(f"\n{section.title}")
        if section.intro:
            click.echo(f"         {' '.join(section.intro.split())[:100]}")
        for entry in section.entries:
            _show_entry(entry)
    without_link = sum(not entry.url for entry in digest.entries)
    click.echo(
        f"\n{len(digest.entries)} entries, {without_link} without a link, "
        f"{len(digest.unplaced)} unplaced lines"
    )
    say_left_out(digest.unplaced, digest.dropped)


def _show_entry(entry: DigestEntry) -> None:
    blocks = ", ".join(block.kind.value for block in entry.blocks) or "no text"
    click.echo(f"  {entry.line:>5}  {entry.title}")
    click.echo(f"         {' | '.join(entry.sources) or '(no source)'}: {blocks}")

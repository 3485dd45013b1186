"""`newsletter inbound read`: messages from a pipe, a file, an mbox or a Maildir."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from newsletter.cli.contexts import LINKS, command_context
from newsletter.cli.shell import json_option, print_json


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE|MAILDIR|- …")
@json_option
def read(sources: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001  click's way
    """Store messages and judge them. Prints what was new. A FILE is a message or an mbox.

    \b
    newsletter inbound read bounce.eml
    newsletter inbound read ~/Maildir ~/mbox
    | newsletter inbound read -        in an alias of Postfix or Exim: exits with 75 when the
                                       message could not be stored, so that it is tried again
    """
    from sqlalchemy.exc import SQLAlchemyError

    from newsletter.domain.feedback.inbound import Arrival, Door
    from newsletter.usecases.feedback.judge import judge_new
    from newsletter.usecases.feedback.store_arrivals import store_arrivals

    count = new = 0
    with command_context(*LINKS) as context:
        for content in _messages(sources):
            try:
                new += len(store_arrivals(context, [Arrival(Door.COMMAND, content)]))
            except SQLAlchemyError:
                click.echo("Error: The message could not be stored. Try again later.", err=True)
                sys.exit(EX_TEMPFAIL)
            count += 1
        while judge_new(context).messages:
            pass
    if as_json:
        print_json({"messages": count, "new": new})
    else:
        click.echo(f"Read {count} {'message' if count == 1 else 'messages'}, {new} of them new.")


EX_TEMPFAIL = 75
"""sysexits.h: a mail server keeps the message and tries again."""


def _messages(sources: tuple[str, ...]) -> Iterator[bytes]:
    for source in sources:
        if source == "-":
            yield sys.stdin.buffer.read()
        elif Path(source).is_dir():
            yield from (file.read_bytes() for file in _maildir_files(Path(source)))
        else:
            yield from _messages_in(Path(source))


def _messages_in(file: Path) -> Iterator[bytes]:
    """One, or those of an mbox. A pipe is always one: mail servers begin it like an mbox, too."""
    with file.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
    if not is_mbox:
        yield file.read_bytes()
        return
    box = mailbox.mbox(file, create=False)
    try:
        yield from (box.get_bytes(key) for key in box.iterkeys())
    finally:
        box.close()


def _maildir_files(folder: Path) -> Iterator[Path]:
    """The messages of a Maildir, or all files of another folder."""
    rooms = [folder / name for name in ("new", "cur") if (folder / name).is_dir()]
    for room in rooms or [folder]:
        yield from sorted(f for f in room.iterdir() if f.is_file() and not f.name.startswith("."))

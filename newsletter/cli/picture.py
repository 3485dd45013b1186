"""`newsletter picture`: the library of pictures of a newsletter."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from newsletter.cli.contexts import ADDRESSES, command_context
from newsletter.cli.shell import (
    EXIT_FAILED,
    command_line_principal,
    json_option,
    print_json,
    print_table,
    say_next_page,
)
from newsletter.cli.subscriber.options import newsletter_option


@click.group()
def picture() -> None:
    """Add, list and delete pictures."""


@picture.command()
@click.argument("file_or_url")
@newsletter_option
@click.option("--alt", default="", help="What it shows, for readers who can't see it.")
def add(file_or_url: str, slug: str, alt: str) -> None:
    """Add a file, or a copy of a picture on the web, and print its Markdown."""
    from newsletter.domain.errors import InvalidInput
    from newsletter.domain.pictures import picture_markdown
    from newsletter.urls import media_url
    from newsletter.usecases.pictures.add_picture import NewPicture, add_picture, copy_picture

    who = command_line_principal()
    with command_context(*ADDRESSES) as context:
        if file_or_url.startswith(("https://", "http://")):
            added = copy_picture(context, slug, file_or_url, who, alt=alt)
        else:
            try:
                data = Path(file_or_url).read_bytes()
            except OSError as error:
                raise InvalidInput(f"{file_or_url} can't be read: {error.strerror}.") from error
            added = add_picture(context, slug, NewPicture(data, file_or_url, alt), who)
        url = media_url(context.settings.public_url, added.name)
    click.echo(picture_markdown(added.alt, url))


@picture.command()
@click.argument("issue_id", metavar="ISSUE", type=int)
@click.pass_context
def copy(ctx: click.Context, issue_id: int) -> None:
    """Copy the pictures of an issue that are on other sites, and show the copies instead."""
    from newsletter.usecases.pictures.copy_into_issue import copy_issue_pictures

    with command_context(*ADDRESSES) as context:
        copied = copy_issue_pictures(context, issue_id, command_line_principal())
    click.echo(f"Copied: {copied.count}.")
    for trouble in copied.troubles:
        click.echo(trouble, err=True)
    if copied.troubles:
        ctx.exit(EXIT_FAILED)


@picture.command("list")
@newsletter_option
@click.option("--search", default="", help="Words of what it shows, or of its file name.")
@click.option(
    "--older-than", type=int, help="Continue after this ID, the last one of the previous page."
)
@json_option
def list_command(slug: str, search: str, older_than: int | None, as_json: bool) -> None:  # noqa: FBT001
    """List pictures, newest first, and where each is shown."""
    from newsletter.usecases.pictures.list_pictures import list_pictures

    with command_context() as context:
        library = list_pictures(
            context, slug, command_line_principal(), words=search, before=older_than
        )
    uses = {one.id: library.uses.get(one.name, ()) for one in library.pictures}
    if as_json:
        shown = [{**asdict(one), "uses": uses[one.id]} for one in library.pictures]
        print_json({"pictures": shown, "older_than": library.older})
        return
    print_table(
        ("ID", "SIZE", "BYTES", "SHOWS", "FILE", "SHOWN IN"),
        [
            (
                one.id,
                f"{one.width}x{one.height}",
                one.size_bytes,
                one.alt,
                one.file_name,
                "; ".join(use.title for use in uses[one.id]),
            )
            for one in library.pictures
        ],
    )
    say_next_page(library.older)


@picture.command()
@click.argument("picture_id", type=int)
@newsletter_option
@click.option("--even-if-shown", is_flag=True, help="Readers will see a hole instead.")
def delete(picture_id: int, slug: str, even_if_shown: bool) -> None:  # noqa: FBT001
    """Delete a picture that nothing shows. The page Recently deleted brings it back."""
    from newsletter.usecases.pictures.change_picture import delete_picture

    with command_context() as context:
        delete_picture(
            context, slug, picture_id, command_line_principal(), even_if_shown=even_if_shown
        )
    click.echo("Deleted.")

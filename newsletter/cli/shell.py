"""What all commands share: how they are found and loaded, output, errors, exit codes."""

from __future__ import annotations

import functools
import getpass
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, ParamSpec, TypeVar

import click

from newsletter import telemetry
from newsletter.domain.errors import NewsletterError
from newsletter.domain.operations.file_troubles import file_trouble
from newsletter.domain.staff.principals import Principal
from newsletter.runtime.private_files import keep_files_private

EXIT_FAILED = 1

P = ParamSpec("P")
R = TypeVar("R")


class LazyCommand(NamedTuple):
    """The module:name of a command and the first sentence of its help."""

    path: str
    short_help: str


class LazyGroup(click.Group):
    """Imports a command only when it runs: importing all of them takes a second."""

    def __init__(self, *args: Any, modules: Mapping[str, LazyCommand], **options: Any) -> None:
        super().__init__(*args, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in self._modules:
            return None
        module, _, name = self._modules[cmd_name].path.partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.short_help) for name, command in self._modules.items()]
            )


class RootGroup(LazyGroup):
    """Makes one wide event of each command, for --verbose and for those that run `unattended`.

    A NewsletterError is printed, with exit code 1.
    """

    def invoke(self, ctx: click.Context) -> Any:
        keep_files_private()
        telemetry.configure_logging(quiet=not ctx.params["verbose"])
        ended: BaseException
        with telemetry.wide_event("command") as event:
            ctx.obj = event
            try:
                return super().invoke(ctx)
            except click.exceptions.Exit as error:
                event.add(exit_code=error.exit_code)
                ended = error
            except (NewsletterError, click.ClickException) as error:
                # Without its words, which may hold an address.
                event.add(exit_code=EXIT_FAILED, ended_by=type(error).__name__)
                ended = error
            except OSError as error:
                event.add(exit_code=EXIT_FAILED, ended_by=type(error).__name__)
                ended = file_trouble(error) or error
        if isinstance(ended, NewsletterError):
            fail(ended)
        raise ended


def fail(error: NewsletterError) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    sys.exit(EXIT_FAILED)


def unattended(command: Callable[P, R]) -> Callable[P, R]:
    """For what services, timers and deployments run: events go to their log, but not to a person
    at a terminal.
    """

    @functools.wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> R:
        is_verbose = click.get_current_context().find_root().params.get("verbose")
        telemetry.configure_logging(quiet=sys.stderr.isatty() and not is_verbose)
        return command(*args, **options)

    return run


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--json`, given to the command as `as_json`."""
    decorate = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON to standard output."
    )
    return decorate(command)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; control characters never reach the terminal."""
    cells = [[_printable(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def say_next_page(older_than: int | None) -> None:
    """How to list what follows, where anything does."""
    if older_than is not None:
        click.echo(f"For the next page, add --older-than {older_than}.", err=True)


def command_line_principal() -> Principal:
    """Names the user of the machine, for the history."""
    try:
        return Principal.command_line(f"{getpass.getuser()} (command line)")
    except (KeyError, OSError):
        return Principal.command_line("command line")


def _printable(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "".join(character if character.isprintable() else " " for character in text)

"""A command line that the documentation shows is one that can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from newsletter.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
_SHOWN = re.compile(r"`newsletter ([a-z][^`]*)`|^ {4}(?:\$ )?newsletter ([a-z].*)$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def shown(page: Path) -> Iterator[str]:
    for match in _SHOWN.finditer(page.read_text(encoding="utf-8")):
        yield " ".join((match[1] or match[2]).split())


def command_of(line: str) -> click.Command:
    """The command that the words lead to. Raises AssertionError where a group lacks the next."""
    command: click.Command = main
    for word in line.split():
        if not isinstance(command, click.Group) or not re.fullmatch(r"[a-z][a-z-]*", word):
            break
        found = command.get_command(click.Context(command), word)
        assert found, f"{command.name or 'newsletter'} has no {word}"
        command = found
    return command


def options_of(command: click.Command) -> set[str]:
    own = {word for param in command.params for word in (*param.opts, *param.secondary_opts)}
    return own | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_it_exists_with_its_options(page: Path) -> None:
    for line in shown(page):
        typed = set(_OPTION.findall(line.partition(" #")[0]))
        assert typed <= options_of(command_of(line)), line

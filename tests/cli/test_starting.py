"""What a command loads before it knows what to do: little, so that `--help` answers at once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.services.up import clean_environment

HEAVY = (
    "aiosmtpd alembic argon2 asyncio babel cryptography dramatiq email_validator flask jinja2 lxml "
    "markdown_it mjml nh3 premailer psycopg redis requests sqlalchemy ssl tqdm uvloop"
).split()

IMPORT_ALL_COMMANDS = """
import json, sys
import click
from newsletter.cli import main

def load(group, ctx):
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            load(command, ctx)

load(main, click.Context(main))
json.dump(sorted(sys.modules), sys.stdout)
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that all commands together have loaded when none of them was run."""
    command = [sys.executable, "-c", IMPORT_ALL_COMMANDS]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", HEAVY)
def test_no_command_loads_what_it_needs_before_it_runs(loaded: set[str], module: str) -> None:
    assert module not in loaded


@pytest.mark.parametrize("room", ["usecases", "store", "rendering", "delivery", "tasks"])
def test_no_command_loads_the_rooms_that_do_the_work_before_it_runs(
    loaded: set[str], room: str
) -> None:
    assert not [name for name in loaded if name.startswith(f"newsletter.{room}.")]

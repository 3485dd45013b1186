"""`newsletter inbound`: the doors for mail that comes back, and what came in."""

from __future__ import annotations

import click

from newsletter.cli.shell import LazyCommand, LazyGroup

MODULES = {
    "classify": LazyCommand(
        "newsletter.cli.inbound.classify:classify", "Show what messages mean, and store nothing."
    ),
}


@click.group(cls=LazyGroup, modules=MODULES)
def inbound() -> None:
    """Look at bounces, complaints and replies."""

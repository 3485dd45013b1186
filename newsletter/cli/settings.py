"""`newsletter settings`: every setting, its value here and what it is for."""

from __future__ import annotations

from dataclasses import fields

import click

from newsletter.cli.shell import json_option, print_json
from newsletter.config import Settings, load_settings
from newsletter.domain.operations.service_urls import without_passwords
from newsletter.runtime.environment import environment_of

MASK = "(set, not shown)"


@click.command()
@json_option
def settings(as_json: bool) -> None:  # noqa: FBT001
    """List all settings with their values, except secrets.

    Each is an environment variable. See docs/settings.md for details.
    """
    shown = _shown(load_settings())
    if as_json:
        print_json(shown)
        return
    for name, one in shown.items():
        click.echo(f"{name} = {one['value'] or '(not set)'}")
        click.echo(f"    {one['help']}")


def _shown(current: Settings) -> dict[str, dict[str, str]]:
    values = environment_of(current)
    return {
        field.name.upper(): {
            "value": _masked(values.get(field.name.upper(), ""), is_secret=_is_secret(field.name)),
            "help": field.metadata["help"],
        }
        for field in fields(current)
    }


def _is_secret(name: str) -> bool:
    return bool(Settings.__dataclass_fields__[name].metadata["secret"])


def _masked(value: str, *, is_secret: bool) -> str:
    return MASK if value and is_secret else without_passwords(value)

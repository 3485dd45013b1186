"""`newsletter templates`: the mail's templates, ours and the operator's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.shell import EXIT_FAILED, json_option, print_json
from newsletter.config import load_settings

if TYPE_CHECKING:
    from newsletter.rendering.template_checks.source import Fault


@click.group()
def templates() -> None:
    """Check your email templates."""


@templates.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@json_option
@click.pass_context
def check(ctx: click.Context, folder: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Check the templates in DIR (default: TEMPLATES_DIR, or the built-in ones).

    Reports with file and line what MJML ignores silently: unknown tags and attributes, corrupted
    values, unknown names, missing partials. Then renders samples. See docs/templates.md for what a
    folder can contain.
    """
    from newsletter.rendering.template_checks.checks import check_templates

    chosen = folder or _own_folder()
    faults = check_templates(chosen)
    if as_json:
        print_json({"folder": str(chosen) if chosen else None, "faults": list(map(_fact, faults))})
    else:
        for fault in faults:
            click.echo(str(fault))
        whose = f"The templates in {chosen}" if chosen else "The built-in templates"
        click.echo(f"{whose} can{'not' if faults else ''} be used.")
    ctx.exit(EXIT_FAILED if faults else 0)


def _own_folder() -> Path | None:
    setting = load_settings().templates_dir
    return Path(setting) if setting else None


def _fact(fault: Fault) -> dict[str, object]:
    return {"file": fault.file, "line": fault.line, "message": fault.message}

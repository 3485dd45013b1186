"""`newsletter up`: the whole service on this machine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from newsletter.cli.shell import EXIT_FAILED
from newsletter.runtime.supervisor import StopRequest
from newsletter.urls import editor_url, front_url, sandbox_url

if TYPE_CHECKING:
    from newsletter.runtime.up import Opening


@click.command()
@click.pass_context
def up(ctx: click.Context) -> None:
    """Run the whole service on this machine, until Ctrl-C.

    Starts the web pages, a worker that sends, the ticker that finds what is due, and what no
    setting names: a queue (REDIS_URL), a mail sandbox (SMTP_URL), a database (DATABASE_URL).
    Whatever dies is started again. State lives under ./var, or VAR_DIR.

    \b
    newsletter up                 http://localhost:8000
    PORT=9000 newsletter up       another port
    VAR_DIR=/srv/news newsletter up
    """
    from newsletter.runtime.up import run_house

    clean = run_house(os.environ, StopRequest(), _show_start_page, _say)
    click.echo("Stopped." if clean else "Stopped; some processes had to be killed.")
    ctx.exit(0 if clean else EXIT_FAILED)


def _show_start_page(opening: Opening) -> None:
    settings, url = opening.settings, opening.settings.public_url
    lines = ["", "The newsletter is running.", "", f"  Signup page   {front_url(url)}"]
    lines += [f"  Editor        {editor_url(url)}"]
    if settings.is_sandboxed:
        lines += [f"  Mail sandbox  {sandbox_url(url)}   (all mail goes there and to nobody else)"]
    elif urlsplit(url).hostname == "localhost":
        lines += ["", f"Links in mails lead to {url}: set PUBLIC_URL before you write to readers."]
    lines += [""]
    if opening.sign_in_url:
        minutes = int(settings.sign_in_expiry.total_seconds() // 60)
        lines += [f"The first editor signs in with this link, once, within {minutes} minutes:", ""]
        lines += [f"  {opening.sign_in_url}", ""]
    lines += [f"State is in {settings.var_dir}, logs in {opening.log_dir}."]
    lines += ["Ctrl-C stops everything.", ""]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _say(line: str) -> None:
    click.echo(line, err=True)

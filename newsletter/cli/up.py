"""`newsletter up`: the whole service on this machine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from newsletter.cli.shell import EXIT_FAILED, unattended
from newsletter.runtime.supervisor import StopRequest
from newsletter.urls import editor_url, front_url, sandbox_url

if TYPE_CHECKING:
    from newsletter.runtime.up import Started


@click.command()
@click.pass_context
@unattended
def up(ctx: click.Context) -> None:
    """Run the whole service on this machine until you press Ctrl-C.

    Starts the web server, a worker and the ticker. Also starts a queue, a mail sandbox and a
    database, unless you set REDIS_URL, SMTP_URL or DATABASE_URL. Restarts processes that die. State
    is in ./var, or VAR_DIR.

    \b
    newsletter up                 http://localhost:8000
    PORT=9000 newsletter up       another port
    VAR_DIR=/srv/news newsletter up
    """
    from newsletter.runtime.up import run_all

    clean = run_all(os.environ, StopRequest(), _show_start_page, _say)
    click.echo("Stopped." if clean else "Stopped. Some processes had to be killed.")
    ctx.exit(0 if clean else EXIT_FAILED)


def _show_start_page(started: Started) -> None:
    settings, url = started.settings, started.settings.public_url
    lines = ["", "The newsletter is running.", "", f"  Signup page   {front_url(url)}"]
    lines += [f"  Editor        {editor_url(url)}"]
    if settings.sandbox_key:
        inbox = f"{sandbox_url(url)}?key={settings.sandbox_key}"
        lines += [f"  Mail sandbox  {inbox}   (all mail goes here and nowhere else)"]
    elif settings.is_sandboxed:
        lines += [
            "",
            f"SMTP_URL is not set, so no mail is sent. It is kept in {settings.sandbox_dir}.",
            "The sandbox has no page, because PUBLIC_URL is not on this machine. Set SMTP_URL.",
        ]
    elif urlsplit(url).hostname == "localhost":
        lines += [
            "",
            f"Links in emails lead to {url}. Set PUBLIC_URL before you send to subscribers.",
        ]
    lines += [""]
    if started.sign_in_url:
        minutes = int(settings.sign_in_expiry.total_seconds() // 60)
        lines += [
            f"Sign in as the first editor with this link. It works once, for {minutes} minutes:",
            "",
            f"  {started.sign_in_url}",
            "",
        ]
    lines += [f"State: {settings.var_dir}  Logs: {started.log_dir}"]
    lines += ["Press Ctrl-C to stop.", ""]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _say(line: str) -> None:
    click.echo(line, err=True)

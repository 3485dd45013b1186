"""`newsletter completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "fish", "zsh")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash    newsletter completion bash >> ~/.bashrc
    zsh     newsletter completion zsh >> ~/.zshrc
    fish    newsletter completion fish > ~/.config/fish/completions/newsletter.fish
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"Completion for {shell} is not available.")
    click.echo(made(ctx.find_root().command, {}, "newsletter", "_NEWSLETTER_COMPLETE").source())

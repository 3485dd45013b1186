"""Options that several commands about subscribers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from newsletter.domain.readers.audiences import Audience, audience_of
from newsletter.domain.readers.consent import SubscriptionState

STATES = click.Choice([state.value for state in SubscriptionState])


def newsletter_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--newsletter",
        "slug",
        required=True,
        metavar="SLUG",
        help="The newsletter. List them with `newsletter newsletter list`.",
    )(command)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Their values come as `state`, `tag`, …: pass them all to `chosen_audience`."""
    options = [
        click.option("--state", type=STATES, multiple=True, help="Only those in this state."),
        click.option("--tag", multiple=True, help="Only those with one of these tags."),
        click.option("--without-tag", "no_tag", multiple=True, help="Only those without it."),
        click.option(
            "--interested-in", "interest", multiple=True, metavar="SECTION", help="Who want it."
        ),
        click.option(
            "--attribute", multiple=True, metavar="NAME[=VALUE]", help="Such as city=Oslo."
        ),
        click.option("--source", multiple=True, help="signup, import or editor."),
        click.option("--since", metavar="DATE", help="Joined on this day or later: 2026-11-28."),
        click.option("--before", metavar="DATE", help="Joined before this day."),
        click.option("--feedback", multiple=True, help="bounced, blocked, complaint or reply."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def chosen_audience(values: Mapping[str, Any]) -> Audience:
    """Of the values of `filter_options`. Raises InvalidInput."""
    pairs: list[tuple[str, str]] = []
    for kind, given in values.items():
        pairs += [(kind, value) for value in ([given] if isinstance(given, str) else given or ())]
    return audience_of(pairs)


def reason_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--reason", required=True, help="The reason. Kept in the history.")(command)


def despite_complaint_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--despite-complaint",
        is_flag=True,
        help="They reported your email as spam, and have asked for it since.",
    )(command)

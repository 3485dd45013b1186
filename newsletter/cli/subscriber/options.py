"""Options that several commands about subscribers have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from newsletter.domain.consent import SubscriptionState

STATES = click.Choice([state.value for state in SubscriptionState])


def newsletter_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--newsletter",
        "slug",
        required=True,
        metavar="SLUG",
        help="The newsletter. List them with `newsletter newsletter list`.",
    )(command)


def reason_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--reason", required=True, help="The reason. Kept in the history.")(command)


def despite_complaint_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--despite-complaint",
        is_flag=True,
        help="They reported your email as spam, and have asked for it since.",
    )(command)

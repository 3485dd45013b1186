"""`newsletter relay`: what the relays may still take, and what holds mail back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.contexts import command_context
from newsletter.cli.shell import command_line_principal, json_option, print_json, print_table

if TYPE_CHECKING:
    from newsletter.usecases.operations.relay_status import (
        LimitUse,
        PauseLine,
        PipeliningLine,
        RelayLine,
        RelayStatus,
    )


@click.group()
def relay() -> None:
    """Show relay limits, pauses and slow recipient domains, and resume them."""


@relay.command()
@json_option
def status(as_json: bool) -> None:  # noqa: FBT001  click's way
    """Show the limits and usage of each relay, and what is paused or slow, and why."""
    from newsletter.usecases.operations.relay_status import relay_status

    with command_context() as context:
        found = relay_status(context, command_line_principal())
    if as_json:
        print_json(found.to_json())
    else:
        _show(found)


@relay.command()
@click.argument("name")
def resume(name: str) -> None:
    """Resume the relay or recipient domain NAME, or restore its full speed.

    Workers notice within a second. Deferred copies for a domain are retried within 15 minutes.
    """
    from newsletter.usecases.operations.relay_status import resume_relay

    with command_context() as context:
        kind = resume_relay(context, name, command_line_principal())
    click.echo(f"Resumed the {kind} {name.strip().lower()}.")


def _show(found: RelayStatus) -> None:
    titles = (
        "RELAY",
        "WEIGHT",
        "CONNECTIONS",
        "SECOND",
        "HOUR",
        "DAY",
        "PIPELINING",
        "PAUSED UNTIL",
    )
    print_table((*titles, "WHY"), [_row(line) for line in found.relays])
    limited = [line for line in found.relays if line.pipelining.reason]
    if limited:
        click.echo("\nNot full pipelining, and why:")
        print_table(("RELAY", "TRIED AGAIN", "WHY"), [_why_not_full(line) for line in limited])
    slow = [line for line in found.relays if line.pace]
    if slow:
        click.echo("\nSlowed relays:")
        paces = [(r.name, f"{r.pace.per_second:g}", r.pace.reason) for r in slow if r.pace]
        print_table(("RELAY", "MESSAGES A SECOND", "WHY"), paces)
    if found.unnamed:
        click.echo("\nPaused, but no longer in SMTP_URL:")
        _show_pauses("RELAY", found.unnamed)
    if found.paused_domains:
        click.echo("\nPaused recipient domains:")
        _show_pauses("DOMAIN", found.paused_domains)
    if found.slow_domains:
        click.echo("\nSlowed recipient domains:")
        rows = [(slow.domain, f"{slow.per_second:g}") for slow in found.slow_domains]
        print_table(("DOMAIN", "MESSAGES A SECOND"), rows)
    if found.is_redis_away:
        click.echo("\nRedis can't be reached. Relays with limits send nothing until it is back.")


def _show_pauses(title: str, pauses: tuple[PauseLine, ...]) -> None:
    rows = [(line.name, _until(line), line.times, line.reason) for line in pauses]
    print_table((title, "UNTIL", "TIMES", "WHY"), rows)


def _row(line: RelayLine) -> tuple[object, ...]:
    limits = {limit.per: limit for limit in line.limits}
    return (
        line.name,
        line.weight,
        line.connections,
        *(_use(limits.get(per)) for per in ("second", "hour", "day")),
        _level(line.pipelining),
        _until(line.pause) if line.pause else "",
        line.pause.reason if line.pause else "",
    )


def _level(found: PipeliningLine) -> str:
    return f"{found.level} (set)" if found.is_set else found.level or "not learned yet"


def _why_not_full(line: RelayLine) -> tuple[str, str, str]:
    from newsletter.domain.delivery.pipelining import TRY_AGAIN_AFTER

    refused_at = line.pipelining.refused_at
    again = f"{refused_at + TRY_AGAIN_AFTER:%Y-%m-%d %H:%M %Z}" if refused_at else ""
    return line.name, again, line.pipelining.reason


def _use(limit: LimitUse | None) -> str:
    return f"{limit.used} of {limit.limit}" if limit else "no limit"


def _until(pause: PauseLine) -> str:
    return f"{pause.until:%Y-%m-%d %H:%M:%S %Z}"

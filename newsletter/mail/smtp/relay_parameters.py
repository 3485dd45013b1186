"""What may follow the `?` of a relay's URL: limits, weight, pipelining, how to log in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

from newsletter.domain.delivery.pipelining import BY_WORD, Pipelining
from newsletter.domain.errors import Misconfigured

_WHOLE_NUMBERS = {
    "weight": (1, 1_000),
    "connections": (1, 1_000),
    "per_connection": (1, 1_000_000),
    "connection_age": (1, 86_400),
    "per_second": (1, 1_000_000),
    "per_hour": (1, 1_000_000_000),
    "per_day": (1, 1_000_000_000),
}
_KNOWN = (*_WHOLE_NUMBERS, "warm_up", "token_file", "pipelining")


def parameters_of(query: str) -> dict[str, Any]:
    """Values by the names of Relay's fields. Raises Misconfigured, which names the parameter."""
    found: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in _KNOWN:
            raise _wrong(f"has an unknown parameter: {name[:40]}", f"Known: {', '.join(_KNOWN)}.")
        if name == "warm_up":
            found["warm_up_from"], found["warm_up_start"] = _warm_up(text)
        elif name == "token_file":
            found[name] = text
        elif name == "pipelining":
            found[name] = _pipelining(text)
        else:
            found[name] = _whole_number(name, text)
    if "connection_age" in found:
        found["connection_age"] = timedelta(seconds=found["connection_age"])
    return found


def _whole_number(name: str, text: str) -> int:
    low, high = _WHOLE_NUMBERS[name]
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise _wrong(f"has a {name} that can't be read", f"Use a number from {low} to {high:,}.")
    return int(text)


def _warm_up(text: str) -> tuple[date, int]:
    day, _, start = text.partition(":")
    try:
        return date.fromisoformat(day), _whole_number("per_day", start)
    except ValueError:
        raise _wrong(
            "has a warm_up that can't be read",
            "Use 2026-11-01:500 for 500 on that day and twice as many on each day after.",
        ) from None


def _pipelining(text: str) -> Pipelining:
    if text not in BY_WORD:
        raise _wrong(
            "has a pipelining that can't be read",
            "Use full, commands or off, or leave it out: the service finds out by itself.",
        )
    return BY_WORD[text]


def _wrong(what: str, advice: str) -> Misconfigured:
    return Misconfigured(f"SMTP_URL {what}.", advice=advice)

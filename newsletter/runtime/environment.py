"""Settings as the environment of a child process. load_settings reads back the same values."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from enum import Enum
from typing import Any

from newsletter.config import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """One variable for each setting that has a value."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {name.upper(): _text(value) for name, value in values.items() if value not in (None, "")}


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(_text(one) for one in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.10g}"
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)

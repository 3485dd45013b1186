"""Texts of the environment as values. Each parser raises ValueError, with a text for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsletter.config.settings import Settings
from newsletter.domain.delivery.deliveries import UncertainPolicy
from newsletter.domain.operations.service_urls import bucket_address, checked_redis_url


def _seconds(text: str) -> timedelta:
    try:
        seconds = float(text)
    except ValueError:
        message = f"“{text}” is not a number of seconds"
        raise ValueError(message) from None
    if not 0 <= seconds <= 366 * 86400:
        message = f"{text} seconds is out of range"
        raise ValueError(message)
    return timedelta(seconds=seconds)


def _whole_number(text: str) -> int:
    if not text.isdigit():
        message = f"“{text}” is not a whole number"
        raise ValueError(message)
    return int(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _waits(text: str) -> tuple[timedelta, ...]:
    waits = tuple(_seconds(word) for word in _words(text))
    if not waits:
        message = "it needs at least one number of seconds"
        raise ValueError(message)
    return waits


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"“{text}” is not an http or https address"
        raise ValueError(message)
    return text.rstrip("/")


def _bucket(text: str) -> str:
    bucket_address(text)
    return text


def _uncertain(text: str) -> UncertainPolicy:
    try:
        return UncertainPolicy(text.lower())
    except ValueError:
        message = f"“{text}” must be resend or hold"
        raise ValueError(message) from None


def _starttls(text: str) -> str:
    if text.lower() not in ("auto", "required", "off"):
        message = f"“{text}” must be auto, required or off"
        raise ValueError(message)
    return text.lower()


def _switch(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        message = f"“{text}” must be on or off"
        raise ValueError(message)
    return text.lower() == "on"


_BY_TYPE: dict[str, Any] = {
    "str": str,
    "bool": _switch,
    "int": _whole_number,
    "timedelta": _seconds,
    "timedelta | None": _seconds,
    "tuple[str, ...]": _words,
    "tuple[timedelta, ...]": _waits,
    "UncertainPolicy": _uncertain,
    "Path": Path,
}
PARSERS: Mapping[str, Callable[[str], Any]] = {
    **{name: _BY_TYPE[str(f.type)] for name, f in Settings.__dataclass_fields__.items()},
    "media_store": _bucket,
    "public_url": _web_url,
    "redis_url": checked_redis_url,
    "smtp_starttls": _starttls,
}

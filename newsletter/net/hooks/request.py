"""A webhook's request, as it came in, and what is wrong with one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from newsletter.domain.errors import NewsletterError

MOST_EVENTS = 10_000
_FAST_CLOCK = timedelta(minutes=5)


class HookRefused(NewsletterError):
    """Not the provider's, or not now. `status` is for the answer."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class HookRequest:
    """`headers` by their names in lower case."""

    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise HookRefused("The body is not JSON.", 400) from error


def require_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise HookRefused("The body has another form than this provider's.", 400)
    return value


def require_recent(at: datetime, now: datetime, window: timedelta) -> None:
    """Outside of the window, a request may be one that was recorded."""
    if not now - window <= at <= now + _FAST_CLOCK:
        raise HookRefused("The request is too old, or its clock is wrong.")


def unix_time(text: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(text)[:20]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise HookRefused("The time of the request can't be read.") from error


def compact(event: object) -> bytes:
    """One event as it is stored."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

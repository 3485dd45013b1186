"""Wide events: one JSON line for each request, command, task and batch. No address, no token."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from newsletter.domain.operations.service_urls import without_passwords

_logger = logging.getLogger("newsletter.events")


class WideEvent:
    """Facts about one unit of work, gathered as it goes and written once, at its end."""

    def __init__(self, kind: str, facts: dict[str, Any]) -> None:
        self.kind = kind
        self.facts = facts

    def add(self, **facts: Any) -> None:
        self.facts.update(facts)

    def count(self, name: str, by: int = 1) -> None:
        self.facts[name] = self.facts.get(name, 0) + by


@contextmanager
def wide_event(kind: str, **facts: Any) -> Iterator[WideEvent]:
    """Writes one line when the block ends; an exception is recorded in it and goes on its way."""
    event = WideEvent(kind, dict(facts))
    started = time.monotonic()
    try:
        yield event
    except BaseException as error:
        event.add(error=type(error).__name__, error_text=str(error)[:500])
        raise
    finally:
        event.add(duration_ms=round((time.monotonic() - started) * 1000, 1))
        _write(event)


def configure_logging(*, quiet: bool = False) -> None:
    """Wide events and warnings to standard error as JSON lines; with `quiet`, warnings only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _logger.setLevel(logging.WARNING if quiet else logging.INFO)


def _write(event: WideEvent) -> None:
    _logger.info(event.kind, extra={"facts": event.facts})


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "event": record.getMessage(),
        }
        if record.name != _logger.name:
            line |= {"level": record.levelname.lower(), "logger": record.name}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        line.update(getattr(record, "facts", {}))
        return without_passwords(json.dumps(line, default=str, ensure_ascii=False))

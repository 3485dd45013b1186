"""What wsgi.py, worker.py and the ticker do first: refuse in words what would fail later."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.config import Settings, load_settings, require_shared
from newsletter.domain.errors import NewsletterError
from newsletter.store.database import Database
from newsletter.store.schema import require_current
from newsletter.telemetry import configure_logging


@contextmanager
def told_in_words(exit_code: int) -> Iterator[None]:
    """Ends the process with a message instead of a traceback when a person can act on it."""
    configure_logging()
    try:
        yield
    except NewsletterError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.stderr.flush()
        raise SystemExit(exit_code) from None


def checked_settings() -> Settings:
    """Raises Misconfigured when what all processes share is lacking, or the database is behind."""
    settings = load_settings()
    require_shared(settings)
    database = Database(settings.database_url)
    try:
        require_current(database)
    finally:
        database.dispose()
    return settings

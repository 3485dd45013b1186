"""What wsgi.py, worker.py and the ticker do first: refuse in words what would fail later."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.config import Settings, load_settings, require_relay, require_shared
from newsletter.domain.errors import NewsletterError
from newsletter.mail.dkim.signers import signers_from
from newsletter.mail.smtp.relay import relay_from
from newsletter.rendering.template_checks.checks import require_sound_templates
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
    require_sound_templates(settings.templates_dir)
    database = Database(settings.database_url)
    try:
        require_current(database)
    finally:
        database.dispose()
    return settings


def checked_sender_settings() -> Settings:
    """The same for those who send: there is a relay, and the DKIM key can be used."""
    settings = checked_settings()
    require_relay(settings)
    relay_from(settings)
    signers_from(settings)
    return settings

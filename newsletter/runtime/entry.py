"""The start of wsgi.py, worker.py and the ticker: checks settings and reports errors."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from newsletter.config import Settings, load_settings, require_shared
from newsletter.domain.errors import NewsletterError
from newsletter.domain.operations.file_troubles import file_trouble
from newsletter.runtime.private_files import keep_files_private, open_folder_warning
from newsletter.store.database import Database
from newsletter.store.schema import require_current
from newsletter.telemetry import configure_logging


@contextmanager
def exit_with_message(exit_code: int) -> Iterator[None]:
    """Turns a NewsletterError into a message on standard error and `exit_code`."""
    keep_files_private()
    configure_logging()
    try:
        yield
    except NewsletterError as error:
        _exit(exit_code, error)
    except OSError as error:
        if (trouble := file_trouble(error)) is None:
            raise
        _exit(exit_code, trouble)


def _exit(exit_code: int, error: NewsletterError) -> NoReturn:
    sys.stderr.write(f"Error: {error}\n")
    sys.stderr.flush()
    raise SystemExit(exit_code) from None


def checked_settings() -> Settings:
    """Raises Misconfigured if a shared setting is missing or the database needs a migration."""
    settings = load_settings()
    require_shared(settings)
    if warning := open_folder_warning(settings.var_dir):
        logging.getLogger(__name__).warning(warning)
    database = Database(settings.database_url)
    try:
        require_current(database)
    finally:
        database.dispose()
    return settings

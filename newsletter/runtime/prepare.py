"""Checks, migrations and recovery for `newsletter up`, in a short-lived process.

`prepare start [WORKER…]` and `prepare recover WORKER`, with the settings in the environment. Each
step prints one line, {"done": …} or {"error": …, "advice": …}; `preparation` reads them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from newsletter.config import Settings, load_settings
from newsletter.delivery.recover import recover_worker
from newsletter.domain.errors import NewsletterError
from newsletter.domain.operations.file_troubles import file_trouble
from newsletter.mail.dkim.signers import signers_from
from newsletter.mail.smtp.relay import relay_from
from newsletter.rendering.template_checks.checks import require_sound_templates
from newsletter.runtime.private_files import keep_files_private
from newsletter.runtime.valkey import valkey_program
from newsletter.store.schema import migrate
from newsletter.telemetry import configure_logging
from newsletter.usecases.context import open_context
from newsletter.usecases.operations.first_start import prepare_first_start


def main() -> None:
    keep_files_private()
    configure_logging()
    task, *workers = sys.argv[1:]
    try:
        for done in TASKS[task](load_settings(), *workers):
            _answer(done=done)
    except NewsletterError as error:
        _answer(error=error.message, advice=error.advice)
    except OSError as error:
        if (trouble := file_trouble(error)) is None:
            raise
        _answer(error=trouble.message, advice=trouble.advice)


def start(settings: Settings, *last_workers: str) -> Iterator[dict[str, Any]]:
    """`last_workers`: workers of the last run, which may have died with their supervisor."""
    yield check(settings)
    context = open_context(settings)
    try:
        migrate(context.database, settings.address_hash_key)
        for worker in last_workers:
            recover_worker(context, worker)
        yield {"sign_in_url": prepare_first_start(context).sign_in_url}
    finally:
        context.database.dispose()


def check(settings: Settings) -> dict[str, Any]:
    """Raises Misconfigured for settings that would fail later. Returns the path of Valkey."""
    if settings.smtp_url:
        relay_from(settings)
    signers_from(settings)
    require_sound_templates(settings.templates_dir)
    return {"valkey": "" if settings.redis_url else str(valkey_program())}


def recover(settings: Settings, worker: str) -> Iterator[dict[str, Any]]:
    context = open_context(settings)
    try:
        yield {"unknown": recover_worker(context, worker)}
    finally:
        context.database.dispose()


TASKS: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {"start": start, "recover": recover}


def _answer(**answer: Any) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Settings from the environment, over the files of settings that processes share."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from newsletter.config.parsers import PARSERS
from newsletter.config.settings import Settings
from newsletter.config.shared_file import RUNNING_FILE, read_shared_file
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import without_stop


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environment` (default: the process's) over the file of shared settings.

    Raises Misconfigured, which names the variable, when a value can't be read.
    """
    given = dict(os.environ if environment is None else environment)
    var_dir = Path(given.get("VAR_DIR") or "var").resolve()
    values = {
        **read_shared_file(var_dir),
        **read_shared_file(var_dir, RUNNING_FILE),
        **{k: v for k, v in given.items() if v != ""},
    }
    read = {
        name: _read(name.upper(), values[name.upper()], parser)
        for name, parser in PARSERS.items()
        if name.upper() in values
    }
    read["var_dir"] = var_dir
    read.setdefault("database_url", f"sqlite:///{var_dir / 'newsletter.db'}")
    settings = Settings(**read)
    _check(settings)
    return settings


SHARED = ("secret_keys", "address_hash_key", "public_url")


def require_shared(settings: Settings, needed: Collection[str] = SHARED) -> None:
    """What every process must share has to be there before one starts apart from the others.

    A command needs less.
    """
    missing = [name.upper() for name in SHARED if name in needed and not getattr(settings, name)]
    if missing:
        raise Misconfigured(
            f"{', '.join(missing)} not set.",
            advice="Set the same values in the environment of every process. "
            "`newsletter up` creates them itself. See docs/settings.md.",
        )


def require_relay(settings: Settings) -> None:
    """A worker that has nowhere to send to must not take work, let alone pretend."""
    if not settings.relay_url:
        raise Misconfigured(
            "SMTP_URL is not set, so mail can't be sent.",
            advice="Set it to smtp://user:password@host:587. See docs/settings.md.",
        )


def _read(name: str, text: str, parser: Any) -> Any:
    try:
        return parser(text.strip())
    except ValueError as error:
        raise Misconfigured(
            f"{name} can't be read: {without_stop(error)}.", advice="See docs/settings.md."
        ) from error


def _check(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise Misconfigured(f"PORT {settings.port} is not a port.", advice="Use 1 to 65535.")
    if settings.lease_duration < timedelta(seconds=1):
        raise Misconfigured("LEASE_DURATION is too short.", advice="Set it to 1 second or more.")
    if settings.batch_size < 1 or settings.worker_threads < 1 or settings.worker_processes < 1:
        raise Misconfigured(
            "BATCH_SIZE, WORKER_THREADS and WORKER_PROCESSES must be at least 1.",
            advice="Unset the one that is 0, or set it to 1.",
        )
    if any(len(key) < 16 for key in settings.secret_keys):
        raise Misconfigured(
            "A key in SECRET_KEYS is shorter than 16 characters.",
            advice="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )

"""Settings, frozen; the only reader of the environment. docs/settings.md explains each one.

A value is looked up in the environment first, then in `var/shared.env`, which `newsletter up`
writes for what all processes must share (`var/running.env` says where it listens while it runs),
then the default applies.
"""

from __future__ import annotations

from pathlib import Path

from newsletter.config.loading import load_settings, require_relay, require_shared
from newsletter.config.settings import Settings
from newsletter.config.shared_file import (
    RUNNING_FILE,
    SHARED_FILE,
    read_shared_file,
    write_shared_file,
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent

__all__ = [
    "PROJECT_ROOT",
    "RUNNING_FILE",
    "SHARED_FILE",
    "Settings",
    "load_settings",
    "read_shared_file",
    "require_relay",
    "require_shared",
    "write_shared_file",
]

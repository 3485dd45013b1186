"""`var/shared.env`: what all processes must share, as NAME=value lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from newsletter.durable_files import replace_file

SHARED_FILE = "shared.env"
RUNNING_FILE = "running.env"


def read_shared_file(var_dir: Path, file_name: str = SHARED_FILE) -> dict[str, str]:
    """The NAME=value lines of `var/shared.env`; empty when there is no such file."""
    path = var_dir / file_name
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def write_shared_file(
    var_dir: Path, values: Mapping[str, str], file_name: str = SHARED_FILE
) -> None:
    """Replaces `var/shared.env` as a whole. Without these secrets, links in sent mail are dead."""
    var_dir.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Made by `newsletter up`. Keep it secret, and keep it: links in sent mail",
        "# are signed with SECRET_KEYS.",
        *(f"{name}={value}" for name, value in values.items()),
    ]
    replace_file(var_dir / file_name, "".join(f"{line}\n" for line in lines).encode())

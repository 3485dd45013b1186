"""Settings that all processes must share: made once, stored in var/, given to each process."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from newsletter.config import RUNNING_FILE, Settings, read_shared_file, write_shared_file
from newsletter.domain.errors import Misconfigured

SHARED_SECRETS = ("SECRET_KEYS", "ADDRESS_HASH_KEY")


def make_secrets(var_dir: Path, environment: Mapping[str, str]) -> None:
    """Makes the secrets that neither `environment` nor var/shared.env has. Hold the lock."""
    kept = read_shared_file(var_dir)
    missing = [name for name in SHARED_SECRETS if not environment.get(name) and not kept.get(name)]
    if missing:
        drawn = {name: make_secret() for name in missing}
        write_shared_file(var_dir, {**kept, **drawn})


def make_secret() -> str:
    """As `secrets.token_urlsafe` makes it, which would load OpenSSL into the supervisor."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def with_public_url(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """Fills in PUBLIC_URL, from HOST and PORT if it is not set. Raises Misconfigured."""
    if environment.get("PUBLIC_URL"):
        return settings
    if is_loopback(settings.host):
        return replace(settings, public_url=f"http://localhost:{settings.port}")
    if settings.host in ("0.0.0.0", "::", "*", ""):  # noqa: S104  compared, not bound to
        raise Misconfigured(
            f"PUBLIC_URL is not set, and subscribers can't open http://{settings.host}.",
            advice="Set it to the public web address of this site.",
        )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return replace(settings, public_url=f"http://{host}:{settings.port}")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def forget_last_run(var_dir: Path) -> None:
    (var_dir / RUNNING_FILE).unlink(missing_ok=True)


@contextmanager
def publish_settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[None]:
    """Lets other commands on this machine find the pages, queue and sandbox that are running."""
    values = {
        "PUBLIC_URL": settings.public_url,
        "REDIS_URL": settings.redis_url,
        "SANDBOX_SMTP_URL": settings.sandbox_smtp_url,
        "SANDBOX_KEY": settings.sandbox_key,
    }
    given = {name: value for name, value in values.items() if value and not environment.get(name)}
    write_shared_file(settings.var_dir, given, RUNNING_FILE)
    try:
        yield
    finally:
        forget_last_run(settings.var_dir)

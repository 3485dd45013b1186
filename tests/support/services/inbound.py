"""The process of `newsletter inbound`, as an operator runs it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.usecases.context import Context
from tests.support.services.up import clean_environment

PATIENCE_S = 30


@contextmanager
def inbound_process(
    context: Context, *, smtp: int = 0, lmtp: int = 0, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """On these ports, with the settings of `context`. Ends it if the test has not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter.runtime.inbound.process"],
        env=environment_of(context) | _doors(smtp, lmtp) | more,
        stderr=subprocess.DEVNULL,
    )
    try:
        for port in filter(None, (smtp, lmtp)):
            _wait_for(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def environment_of(context: Context) -> dict[str, str]:
    """For another process of the same installation."""
    settings = context.settings
    return clean_environment() | {
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEYS": ",".join(settings.secret_keys),
        "ADDRESS_HASH_KEY": settings.address_hash_key,
        "PUBLIC_URL": settings.public_url,
        "BOUNCE_DOMAIN": settings.bounce_domain,
    }


def _doors(smtp: int, lmtp: int) -> dict[str, str]:
    return {
        "INBOUND_SMTP": f"127.0.0.1:{smtp}" if smtp else "",
        "INBOUND_LMTP": f"127.0.0.1:{lmtp}" if lmtp else "",
    }


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "it did not start"
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.05)
        else:
            return

"""One `newsletter up` for each var/: a lock that its last process releases, and the port."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.domain.errors import Conflict, Misconfigured

LOCK_FILE = "up.lock"
LOCK_TIMEOUT_S = 20.0
BACKLOG = 256


@contextmanager
def single_instance(var_dir: Path) -> Iterator[int]:
    """Yields the lock's descriptor. Raises Conflict if another `newsletter up` uses `var_dir`.

    After a kill -9 the lock is held until the last process of that run is gone. Waits for that, up
    to `LOCK_TIMEOUT_S`.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(var_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, var_dir)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def listen(host: str, port: int) -> socket.socket:
    """Opens the port. Keep it open while the web process restarts, so that no connection is lost.

    Raises Misconfigured.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    listener.set_inheritable(True)
    return listener


def _lock(descriptor: int, var_dir: Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            if _is_alive(owner) or time.monotonic() > deadline:
                raise Conflict(
                    f"The newsletter is already running on {var_dir} (process {owner or '?'}).",
                    advice="Stop it first, or set another VAR_DIR for this one.",
                ) from None
            time.sleep(0.1)
        else:
            return


def _is_alive(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _cannot_listen(host: str, port: int, error: OSError) -> Misconfigured:
    if error.errno == errno.EADDRINUSE:
        another = port + 1 if port < 65535 else 8001
        return Misconfigured(
            f"Another program uses port {port} on {host}.",
            advice=f"Stop it, or choose another port: PORT={another} make run",
        )
    if error.errno == errno.EACCES:
        return Misconfigured(
            f"Only an administrator can use port {port}.",
            advice="Choose a port above 1023: PORT=8000 make run",
        )
    return Misconfigured(
        f"This machine can't listen on HOST {host} ({error.strerror or error}).",
        advice="Unset HOST to listen on 127.0.0.1.",
    )

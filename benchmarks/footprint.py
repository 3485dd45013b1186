"""The memory that an idle `newsletter up` holds, and how long commands take to start."""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from benchmarks.bench import free_port
from benchmarks.results import Lacking, finish, guarded, tell
from benchmarks.yardsticks import cpu_name
from newsletter.cli import main as newsletter_command
from newsletter.config import Settings
from newsletter.reading.digests.digest import parse_digest
from newsletter.runtime.demo.inbox import Inbox
from newsletter.runtime.demo.run import SAMPLE
from newsletter.runtime.demo.story import Story
from tests.support.services.up import RunningUp, clean_environment, command_of, descendants_of

LIMIT_MB = 200
LIMIT_START_S = 0.3
IDLE_S = 60.0
PARTS = {
    "orphan_watch": "orphan watch",
    "valkey-server": "valkey",
    "sandbox.process": "sandbox",
    "-m wsgi": "web",
    "-m worker": "worker",
}
"""Words in the command of each process, and its name."""


def main() -> int:
    options = _parser().parse_args()
    result = measure(options.wait, options.times)
    is_good = result["idle_mb"] <= LIMIT_MB and result["slowest_start_s"] <= LIMIT_START_S
    return finish("footprint", result, is_json=options.json, is_good=is_good)


def measure(idle_s: float, times: int) -> dict[str, Any]:
    """`idle_ratio` and `start_ratio` are those of the measured to the limit."""
    processes = _idle_memory(idle_s)
    idle_mb = round(sum(processes.values()), 1)
    starts = {words: _start_time(words, times) for words in _commands()}
    slowest_s = max(starts.values())
    return {
        "idle_mb": idle_mb,
        "limit_mb": LIMIT_MB,
        "idle_ratio": round(idle_mb / LIMIT_MB, 2),
        "processes_mb": processes,
        "slowest_start_s": slowest_s,
        "limit_start_s": LIMIT_START_S,
        "start_ratio": round(slowest_s / LIMIT_START_S, 2),
        "starts_s": starts,
        "cpu": cpu_name(),
    }


def _idle_memory(idle_s: float) -> dict[str, float]:
    """The proportional set size of each process, in MB, after the demonstration and a rest."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise Lacking("only Linux tells the proportional set size of a process")
    with _a_running_newsletter() as up:
        tell("An issue is sent …")
        _send_an_issue(up)
        tell(f"Resting for {idle_s:.0f} s …")
        time.sleep(idle_s)
        leader = up.process.pid
        found = {pid: _proportional_mb(pid) for pid in sorted({leader, *descendants_of(leader)})}
        return {_name_of(pid, leader): size for pid, size in found.items()}


@contextmanager
def _a_running_newsletter() -> Iterator[RunningUp]:
    with tempfile.TemporaryDirectory(prefix="nlfootprint-") as home:
        up = RunningUp(Path(home) / "var", free_port())
        try:
            up.start()
            yield up
        finally:
            up.end()


def _send_an_issue(up: RunningUp) -> None:
    """As the demonstration does it: pages, sign-ups, an issue, a goodbye, another issue."""
    text = SAMPLE.read_text(encoding="utf-8")
    inbox = Inbox(Settings(var_dir=up.var_dir).sandbox_dir)
    url = f"http://localhost:{up.port}"
    story = Story(url, inbox, text, parse_digest(text), say=lambda _: None)
    story.play(up.sign_in_url)
    if story.tally.problems:
        raise RuntimeError(f"the demonstration does not add up: {story.tally.problems}")


def _proportional_mb(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else 0.0


def _name_of(pid: int, leader: int) -> str:
    command = command_of(pid)
    known = (name for words, name in PARTS.items() if words in command)
    return f"{'supervisor' if pid == leader else next(known, command)} {pid}"


def _commands() -> list[str]:
    """Each command as it is typed, after `newsletter`; the first is `newsletter` itself."""
    with click.Context(newsletter_command) as ctx:
        return ["", *_commands_below(newsletter_command, ctx)]


def _commands_below(group: click.Group, ctx: click.Context) -> Iterator[str]:
    for name in group.list_commands(ctx):
        yield name
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {below}" for below in _commands_below(command, ctx))


def _start_time(words: str, times: int) -> float:
    """Median seconds of `newsletter WORDS --help`; a first run, which may compile, is left out."""
    tell(f"newsletter {words} --help")
    command = [sys.executable, "-m", "newsletter.cli", *words.split(), "--help"]
    seconds = [_seconds_of(command) for _ in range(times + 1)][1:]
    return round(statistics.median(seconds), 3)


def _seconds_of(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        command, env=clean_environment(), cwd=os.sep, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - started


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wait", type=float, default=IDLE_S, help="seconds of rest; default 60")
    parser.add_argument("--times", type=int, default=5, help="runs of each command; default 5")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))

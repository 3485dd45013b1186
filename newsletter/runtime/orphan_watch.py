"""Ends the children of a supervisor that was killed. A separate process; standard library only.

Standard input is a pipe that only the supervisor holds open. `+GROUP` and `-GROUP` lines add and
remove process groups, `rm DIRECTORY` names a directory to remove at the end. The end of the input
means that the supervisor is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import time

GRACE_S = 10.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    directories: set[str] = set()
    for line in sys.stdin:
        _read_line(line.rstrip("\n"), groups, directories)
    _end(groups)
    _remove(directories)


def _read_line(line: str, groups: list[int], directories: set[str]) -> None:
    if line.startswith("+"):
        groups.append(int(line[1:]))
    elif line.startswith("-") and int(line[1:]) in groups:
        groups.remove(int(line[1:]))
    elif line.startswith("rm "):
        directories.add(line[3:])


def _end(groups: list[int]) -> None:
    """Ends the last group first: workers stop before the services they use."""
    deadline = time.monotonic() + GRACE_S
    for group in reversed(groups):
        _send(group, signal.SIGTERM)
        while is_left(group) and time.monotonic() < deadline:
            time.sleep(0.05)
        _send(group, signal.SIGKILL)


def _remove(directories: set[str]) -> None:
    import shutil  # noqa: PLC0415  a seventh of what this process holds, needed at its end alone

    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def is_left(group: int) -> bool:
    """Whether a process of the group is running.

    One that has ended stays in its group until its parent takes note. Ours is dead, and the first
    process of a container may not care: it would look alive for ever.
    """
    return _send(group, 0) and _members(group) != []


def _members(group: int) -> list[int] | None:
    """The processes that have not ended, where the system tells."""
    if not os.path.isdir("/proc/self"):  # noqa: PTH112  pathlib costs memory here
        return None
    found = (_state_and_group(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208
    return [its for state, its in found if its == group and state not in ("Z", "X")]


def _state_and_group(process: str) -> tuple[str, int]:
    """See proc_pid_stat(5). The name, in brackets, may hold anything."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            state, _parent, group, *_ = file.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return "X", 0
    return state, int(group)


def _send(group: int, number: int) -> bool:
    """False if no process of the group is left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()

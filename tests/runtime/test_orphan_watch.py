"""What is left of a supervisor that was killed is ended, and then a new one may start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.runtime.orphan_watch import is_left
from tests.support.services.up import eventually

NewProcess = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def leader_of_a_group() -> Iterator[NewProcess]:
    made: list[subprocess.Popen[bytes]] = []

    def make(program: str) -> subprocess.Popen[bytes]:
        made.append(subprocess.Popen([sys.executable, "-c", program], start_new_session=True))
        return made[-1]

    yield make
    for process in made:
        process.kill()
        process.wait()


def test_a_group_that_runs_is_left(leader_of_a_group: NewProcess) -> None:
    assert is_left(leader_of_a_group("import time; time.sleep(60)").pid)


def test_a_process_that_ended_is_not_left_though_nobody_took_note_of_it(
    leader_of_a_group: NewProcess,
) -> None:
    """As in a container whose first process never does: each group took ten seconds."""
    process = leader_of_a_group("")
    eventually(lambda: not is_left(process.pid), "it has ended")
    os.killpg(process.pid, 0)  # the system still knows it


def test_a_group_whose_leader_ended_is_left_while_another_runs(
    leader_of_a_group: NewProcess,
) -> None:
    process = leader_of_a_group("import os, time; os.fork() or time.sleep(60)")
    eventually(lambda: _has_ended(process.pid), "its leader has ended")
    assert is_left(process.pid)
    os.killpg(process.pid, signal.SIGKILL)


def _has_ended(process_id: int) -> bool:
    text = Path(f"/proc/{process_id}/stat").read_text()
    return text.rpartition(")")[2].split()[0] == "Z"

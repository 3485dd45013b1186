"""The runbook's pages on backing up and restoring, followed line by line after the disk died."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from newsletter.runtime.environment import environment_of
from newsletter.runtime.ticker import _Ticker
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from tests.conftest import Clock
from tests.support.delivery_rig import DeliveryRig
from tests.support.services.commands import run_command

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "runbook.md"
READERS = tuple(f"reader{number}@example.org" for number in range(10))


def commands_of(heading: str) -> list[list[str]]:
    """Those that the runbook shows below `heading`, as words."""
    section = RUNBOOK.read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    section = section.partition("\n## ")[0]
    return [line.split() for line in re.findall(r"^ {4,}newsletter (.+)$", section, re.MULTILINE)]


class Operator:
    """Types what the runbook shows, with its own file and issue."""

    def __init__(self, rig: DeliveryRig, tmp_path: Path) -> None:
        self._rig = rig
        self._file = tmp_path / "elsewhere" / "newsletter.backup"
        self._file.parent.mkdir()
        settings = environment_of(rig.context.settings)
        self._run = partial(run_command, directory=tmp_path, settings=settings)

    def type(self, words: list[str]) -> str:
        real = {"/backups/newsletter.backup": str(self._file), "ISSUE": str(self._rig.issue_id)}
        given = [real.get(word, word) for word in words]
        done = self._run(given, given="y\n")
        assert done.returncode == 0, f"{' '.join(given)}: {done.stderr}"
        return done.stdout


@pytest.mark.parametrize("choice", ["resume", "cancel"])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_after_the_disk_died_the_runbook_brings_the_service_back(
    rig: DeliveryRig, clock: Clock, tmp_path: Path, choice: str
) -> None:
    clock.now = datetime.now(UTC)
    operator = Operator(rig, tmp_path)
    rig.send_to(*READERS)
    rig.deliver_one(rig.open_batches()[0])
    for words in commands_of("Back up"):
        operator.type(words)
    rig.deliver()
    rig.leave(READERS[9])
    sent = list(rig.relay.recipients)
    departures = rig.context.settings.departures_path
    kept_elsewhere = shutil.copy(departures, tmp_path / "elsewhere" / "departures")
    the_disk_dies(rig)

    shutil.copy(kept_elsewhere, departures)
    restore, report, cancel, resume = commands_of("Restore")
    said = operator.type(restore)
    assert "1 who left after it was made have left again." in said
    _Ticker(rig.context, Wakeups(open_broker(rig.context.settings))).beat()
    assert rig.relay.recipients == sent
    assert "paused" in operator.type(report)
    operator.type({"resume": resume, "cancel": cancel}[choice])
    rig.deliver()
    rig.report()
    again = rig.relay.recipients[len(sent) :]
    assert READERS[9] not in again
    assert set(again) == (set(READERS[2:9]) if choice == "resume" else set())


def the_disk_dies(rig: DeliveryRig) -> None:
    rig.context.database.dispose()
    for path in rig.context.settings.var_dir.glob("newsletter.db*"):
        path.unlink()
    rig.context.settings.departures_path.unlink()

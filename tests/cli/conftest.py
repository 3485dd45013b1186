"""The command, as it is typed in an empty directory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.services.commands import Run, run_command


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The real command, with only the settings that are given."""

    def typed(
        *arguments: str, given: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, tmp_path, settings, given)

    return typed

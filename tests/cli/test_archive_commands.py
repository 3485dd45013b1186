"""`newsletter archive import`, typed as an operator does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.runtime.environment import environment_of
from newsletter.store.models import Issue
from newsletter.usecases.archive.read_archive import list_archive
from newsletter.usecases.context import Context
from tests.support.archives import BUTTONDOWN, zip_of
from tests.support.builders import a_newsletter
from tests.support.services.commands import Run
from tests.support.services.up import clean_environment

IMPORT = ("archive", "import")
INTO = ("--newsletter", "notes")
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def folder(context: Context, tmp_path: Path) -> Path:
    a_newsletter(context, slug="notes")
    folder = tmp_path / "issues"
    folder.mkdir()
    return folder


def given(context: Context) -> dict[str, str]:
    return environment_of(context.settings)


def test_it_tells_each_file_and_the_exit_code_says_whether_all_are_there(
    context: Context, folder: Path, run: Run
) -> None:
    (folder / "0001.md").write_text("- [A](https://a.example)\n")
    (folder / "README.md").write_text("About.\n")
    tried = run(*IMPORT, str(folder), *INTO, "--dry-run", **given(context))
    assert tried.returncode == 0
    assert "2 files: 1 would be imported, 1 left out." in tried.stdout
    done = run(*IMPORT, str(folder), *INTO, "--json", **given(context))
    told = json.loads(done.stdout)
    assert (done.returncode, told["counts"]["new"]) == (0, 1)
    assert told["files"][0] == {
        "file": "0001.md",
        "outcome": "new",
        "reason": "",
        "number": 1,
        "title": "0001",
        "date": None,
        "entries": 1,
        "left_out_percent": 0.0,
    }
    (folder / "about.md").write_text("No number, no date.\n")
    refused = run(*IMPORT, str(folder), *INTO, **given(context))
    assert refused.returncode == 1
    assert "neither a number nor a date" in refused.stdout


def test_what_is_not_there_is_said_in_words(context: Context, folder: Path, run: Run) -> None:
    zipped = folder / "a.zip"
    zipped.write_bytes(zip_of(BUTTONDOWN).getvalue())
    elsewhere = run(*IMPORT, str(zipped), "--newsletter", "nobody", **given(context))
    assert (elsewhere.returncode, "No newsletter" in elsewhere.stderr) == (1, True)
    assert run(*IMPORT, str(folder / "b.zip"), *INTO, **given(context)).returncode == 2
    near = run(*IMPORT, str(zipped), *INTO, "--base-url", "http://localhost/", **given(context))
    assert near.returncode == 1
    assert "Use the public address" in near.stderr


def test_after_a_kill_in_the_middle_a_second_run_does_the_rest(
    context: Context, folder: Path, run: Run
) -> None:
    for number in range(1, 401):
        (folder / f"{number:04}.md").write_text(f"- [A](https://a.example/{number})\n")
    command = [sys.executable, "-m", "newsletter.cli", *IMPORT, str(folder), *INTO]
    with subprocess.Popen(
        command,
        env=clean_environment() | given(context),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not imported(context) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert 0 < imported(context) <= 400
    assert run(*IMPORT, str(folder), *INTO, **given(context)).returncode == 0
    assert imported(context) == 400
    assert [line.number for line in list_archive(context, "notes").lines[:2]] == [400, 399]


def imported(context: Context) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(Issue)) or 0

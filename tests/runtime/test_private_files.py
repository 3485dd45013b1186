"""What we write holds addresses and secrets: no other user of the machine can read it."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.runtime.private_files import open_folder_warning
from newsletter.runtime.probes import answers
from tests.conftest import free_port
from tests.support.services.commands import run_fresh_command
from tests.support.services.up import clean_environment, eventually

ENTRIES = {
    "web": "import wsgi",
    "worker": "import worker",
    "command": "from newsletter.cli import main; main(['db', 'upgrade'])",
    "preparations": "import sys; sys.argv = ['prepare', 'start']\n"
    "    from newsletter.runtime import prepare; prepare.main()",
    "ticker": "from newsletter.cli import main; main(['tick'])",
}
SHARED = {
    "SECRET_KEYS": "k" * 32,
    "ADDRESS_HASH_KEY": "k" * 32,
    "PUBLIC_URL": "http://localhost",
}
THEN_WRITE = """
import os
os.umask(0o022)
try:
    {entry}
except SystemExit:
    pass
open("written", "w").close()
"""


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_process_writes_for_its_own_user_alone_wherever_it_is_entered(
    tmp_path: Path, entry: str
) -> None:
    command = [sys.executable, "-c", THEN_WRITE.format(entry=entry)]
    environment = clean_environment() | SHARED
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert (tmp_path / "written").stat().st_mode & 0o777 == 0o600


def test_the_sandbox_keeps_its_mail_for_its_own_user_alone(tmp_path: Path) -> None:
    kept, port = tmp_path / "mail", free_port()
    command = [sys.executable, "-m", "newsletter.runtime.sandbox.process", str(kept), str(port)]
    with subprocess.Popen(command, env=clean_environment()) as sandbox:
        eventually(lambda: answers(port), "the sandbox answers")
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("ada@example.org", "ben@example.org", b"Subject: secret\r\n\r\nx\r\n")
        sandbox.terminate()
    (mail,) = kept.glob("*.eml")
    assert [path.stat().st_mode & 0o777 for path in (kept, mail)] == [0o700, 0o600]


def test_a_new_folder_for_all_state_is_closed_to_others(tmp_path: Path) -> None:
    assert run_fresh_command(["db", "upgrade"], tmp_path).returncode == 0
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / "newsletter.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
def test_an_older_folder_that_others_can_open_is_told_with_the_command_that_closes_it(
    tmp_path: Path, mode: int
) -> None:
    older = tmp_path / "a space"
    older.mkdir()
    older.chmod(mode)
    assert f"chmod -R go= '{older}'" in open_folder_warning(older)
    older.chmod(0o700)
    assert not open_folder_warning(older)


def test_a_start_warns_of_an_open_folder(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    var.chmod(0o755)
    run_fresh_command(["db", "upgrade"], tmp_path)
    program = (
        "from newsletter.runtime.entry import *\nwith exit_with_message(1): checked_settings()"
    )
    started = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment() | SHARED,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Other users of this machine can open" in started.stderr

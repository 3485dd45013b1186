"""A disk that is read-only, a folder that is a file: each command says so and what to do."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port, not_permitted
from tests.support.services.commands import run_command


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        not_permitted("this account may not mount a disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def file_instead_of_folder(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("not a folder")
    return path


@pytest.mark.parametrize("command", [("up",), ("db", "upgrade"), ("dkim", "make"), ("demo",)])
def test_a_read_only_disk_is_said_in_a_sentence(
    read_only_disk: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    settings = {"VAR_DIR": str(read_only_disk / "var"), "PORT": str(free_port())}
    ended = run_command(command, tmp_path, settings)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "read-only" in ended.stderr.lower()
    assert str(read_only_disk) in ended.stderr


@pytest.mark.parametrize("command", [("up",), ("db", "upgrade"), ("dkim", "make")])
def test_a_file_in_place_of_the_folder_is_said_in_a_sentence(
    file_instead_of_folder: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    settings = {"VAR_DIR": str(file_instead_of_folder / "var"), "PORT": str(free_port())}
    ended = run_command(command, tmp_path, settings)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "is a file" in ended.stderr or "not a directory" in ended.stderr.lower()
